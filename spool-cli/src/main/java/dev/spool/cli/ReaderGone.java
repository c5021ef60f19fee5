package dev.spool.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/**
 * Lets a pipe's reader leave early, as {@code head} does: what is written from then on goes
 * nowhere, and is no failure of the stream. Whoever lists stops then; whoever hands messages over
 * has to ask {@link #isGone}, and to fail. Every other failure is one. For one thread to write;
 * {@link #isGone} is for any.
 */
final class ReaderGone extends FilterOutputStream {
  private final BooleanSupplier pipe;

  /** Set by the thread that writes. */
  private volatile boolean gone;

  /**
   * Makes one.
   *
   * @param pipe tells whether {@code out} is a pipe: nothing else makes writing to one fail
   */
  ReaderGone(OutputStream out, BooleanSupplier pipe) {
    super(out);
    this.pipe = pipe;
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
      // The JDK gives no code, and a text in the user's language.
      gone = pipe.getAsBoolean();
      if (!gone) {
        throw e;
      }
    }
  }
}
