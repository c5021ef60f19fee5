package org.example.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.example.replies.SmtpReply;
import org.subethamail.smtp.RejectException;

/**
 * Reads the body of one message into memory that it asks for as the message grows: never for what a
 * client only announces, and never beyond what all sessions together may have. Who finds nothing
 * left gives everything back at once and tells the client to come back, so that the others go on:
 * nobody waits for memory while holding some.
 *
 * <p>Used by the thread of one session. Closing it gives the memory back, so the array that was
 * read must no longer be used by then, except by those who count it themselves.
 */
final class BodyReader implements AutoCloseable {
  private static final int FIRST = 16 << 10;
  private static final SmtpReply BUSY =
      new SmtpReply(451, "4.3.2", "too many messages at once, try again later");

  private final Semaphore budget;
  private final int maxBytes;

  /** What was taken of the budget and not yet given back. */
  private int taken;

  BodyReader(Semaphore budget, int maxBytes) {
    this.budget = budget;
    this.maxBytes = maxBytes;
  }

  /**
   * Reads to the end, also when it refuses: what is left unread would be taken for commands.
   *
   * @throws RejectException if the message is too large, or there is no memory for it
   */
  byte[] read(InputStream in) throws RejectException, IOException {
    try {
      return readAll(in);
    } catch (RejectException e) {
      close();
      in.transferTo(OutputStream.nullOutputStream());
      throw e;
    }
  }

  private byte[] readAll(InputStream in) throws RejectException, IOException {
    byte[] buffer = new byte[take(Math.min(FIRST, maxBytes + 1))];
    int length = 0;
    int first = in.read();
    if (first == -1) {
      return new byte[0];
    }
    // The library takes the first of two dots away at the start of every line but the very first.
    // There, too, a dot never stands alone (that would have been the end), and is not the
    // message's.
    if (first != '.') {
      buffer[length++] = (byte) first;
    }
    while (true) {
      if (length > maxBytes) {
        throw Transaction.refusal(SmtpReply.TOO_LARGE);
      }
      if (length == buffer.length) {
        buffer = resized(buffer, (int) Math.min(2L * length, maxBytes + 1L));
      }
      int read = in.read(buffer, length, buffer.length - length);
      if (read == -1) {
        return length == buffer.length ? buffer : resized(buffer, length);
      }
      length += read;
    }
  }

  private byte[] resized(byte[] buffer, int size) throws RejectException {
    byte[] copy = Arrays.copyOf(buffer, take(size));
    giveBack(buffer.length);
    return copy;
  }

  private int take(int bytes) throws RejectException {
    if (!budget.tryAcquire(bytes)) {
      throw Transaction.refusal(BUSY);
    }
    taken += bytes;
    return bytes;
  }

  private void giveBack(int bytes) {
    taken -= bytes;
    budget.release(bytes);
  }

  @Override
  public void close() {
    giveBack(taken);
  }
}
