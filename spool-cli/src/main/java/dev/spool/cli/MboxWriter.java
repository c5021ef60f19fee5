package dev.spool.cli;

import dev.spool.SpoolEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes an mbox in the variant mboxrd: a From_ line, the message, in which each line of no or more
 * {@code >} and {@code From} behind them gets one {@code >} more, and an empty line. {@link
 * MboxReader} gives back what was written, byte for byte. Not thread-safe.
 */
final class MboxWriter {
  private final OutputStream out;

  MboxWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Tells whether a message comes back as it is: the empty line that ends it needs a line end
   * before it, which the message must have itself.
   */
  static boolean canHold(byte[] message) {
    return message.length == 0 || message[message.length - 1] == '\n';
  }

  /** Writes a message that this format {@linkplain #canHold can hold}. */
  void write(SpoolEntry.Item message) throws IOException {
    out.write((FromLine.of(message.id()) + "\n").getBytes(StandardCharsets.US_ASCII));
    byte[] data = message.data();
    int written = 0;
    for (int line = 0; line < data.length; line = nextLine(data, line)) {
      int at = line;
      while (at < data.length && data[at] == '>') {
        at++;
      }
      if (FromLine.begins(data, at, data.length)) {
        out.write(data, written, line - written);
        out.write('>');
        written = line;
      }
    }
    out.write(data, written, data.length - written);
    out.write('\n');
  }

  private static int nextLine(byte[] data, int from) {
    int at = from;
    while (at < data.length && data[at] != '\n') {
      at++;
    }
    return at + 1;
  }
}
