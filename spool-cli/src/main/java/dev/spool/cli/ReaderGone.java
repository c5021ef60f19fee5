package dev.spool.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Lets a pipe's reader leave early, as {@code head} does: what is written from then on goes
 * nowhere, and is no failure. Every other failure is one. For one thread to write; {@link #isGone}
 * is for any.
 */
final class ReaderGone extends FilterOutputStream {
  /** Set by the thread that writes. */
  private volatile boolean gone;

  ReaderGone(OutputStream out) {
    super(out);
  }

  /** Tells whether the reader has left: there is no use in going on. */
  boolean isGone() {
    return gone;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    if (gone) {
      return;
    }
    try {
      out.write(bytes, from, length);
    } catch (IOException e) {
      // The JDK gives no code.
      gone = String.valueOf(e.getMessage()).contains("Broken pipe");
      if (!gone) {
        throw e;
      }
    }
  }
}
