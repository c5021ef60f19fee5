package dev.spool.cli.demo;

import dev.spool.SpoolId;
import dev.spool.cli.MailFinder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The mail that the demo stores: messages from a directory, each under a trace line that names the
 * id and the message, as a mail server adds one. So every stored message is unlike all others, and
 * both the child and its parent can tell each byte of it from the id and the message's number.
 *
 * <p>Immutable.
 */
final class DemoMail {
  /** Larger files would make the demo one of the disk's speed. */
  private static final long LARGEST = 1 << 20;

  private static final String TRACE =
      "Received: by demo.example.org (Spool) with ESMTP id %s; message %08d\r\n";
  private static final int TRACE_LENGTH =
      String.format(Locale.ROOT, TRACE, "0".repeat(32), 0).length();
  private static final int NUMBER_AT = TRACE_LENGTH - 10;

  private final List<byte[]> messages;

  private DemoMail(List<byte[]> messages) {
    this.messages = messages;
  }

  /**
   * Reads all mail of a directory, in the order of the paths, leaving out what is larger than 1 MiB
   * or cannot be read.
   *
   * @throws IOException if there is none
   */
  static DemoMail read(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    new MailFinder(false).find(directory, files::add, (path, failure) -> {});
    Collections.sort(files);
    List<byte[]> messages = new ArrayList<>();
    for (Path file : files) {
      try {
        if (Files.size(file) <= LARGEST) {
          messages.add(Files.readAllBytes(file));
        }
      } catch (IOException e) {
        // left out, as documented
      }
    }
    if (messages.isEmpty()) {
      throw new IOException("there is no mail (.eml, .msg) that can be read in " + directory);
    }
    return new DemoMail(messages);
  }

  int size() {
    return messages.size();
  }

  long bytes() {
    return messages.stream().mapToLong(message -> message.length).sum();
  }

  /** Returns what is stored under {@code id} for the message of that number. */
  byte[] message(SpoolId id, int number) {
    byte[] trace =
        String.format(Locale.ROOT, TRACE, id, number).getBytes(StandardCharsets.US_ASCII);
    byte[] message = messages.get(number);
    byte[] whole = Arrays.copyOf(trace, trace.length + message.length);
    System.arraycopy(message, 0, whole, trace.length, message.length);
    return whole;
  }

  /** Returns the number in the trace line, or -1 if there is none that can be. */
  int numberOf(byte[] stored) {
    if (stored.length < TRACE_LENGTH) {
      return -1;
    }
    String digits = new String(stored, NUMBER_AT, 8, StandardCharsets.US_ASCII);
    if (!digits.matches("\\d{8}")) {
      return -1;
    }
    int number = Integer.parseInt(digits);
    return number < messages.size() ? number : -1;
  }
}
