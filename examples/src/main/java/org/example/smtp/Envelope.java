package org.example.smtp;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where a message comes from and where it is to go: what SMTP says beside the message itself. Kept
 * as lines of text, so that {@code spool cat} shows it.
 *
 * @param sender the reverse-path; empty for a bounce
 * @param recipients the forward-paths, at least one
 * @param helo what the client called itself
 * @param peer the client's address
 * @param received when
 */
public record Envelope(
    String sender, List<String> recipients, String helo, String peer, Instant received) {
  private static final String FORMAT = "envelope 1";

  /** Checks that every value is one line. */
  public Envelope {
    recipients = List.copyOf(recipients);
    Objects.requireNonNull(received, "received");
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("an envelope has at least one recipient");
    }
    List<String> values = new ArrayList<>(recipients);
    values.addAll(List.of(sender, helo, peer));
    for (String value : values) {
      if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
        throw new IllegalArgumentException("an address is one line");
      }
    }
  }

  byte[] toBytes() {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    text.append("received ").append(received).append('\n');
    text.append("peer ").append(peer).append('\n');
    text.append("helo ").append(helo).append('\n');
    text.append("from ").append(sender).append('\n');
    recipients.forEach(recipient -> text.append("to ").append(recipient).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads what {@link #toBytes} has written.
   *
   * @throws IllegalArgumentException if it is something else; the message does not repeat it
   */
  static Envelope parse(byte[] bytes) {
    List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    if (lines.size() < 6 || !lines.get(0).equals(FORMAT)) {
      throw new IllegalArgumentException("not an envelope of this format");
    }
    List<String> recipients = new ArrayList<>();
    for (int line = 5; line < lines.size(); line++) {
      recipients.add(value(lines, line, "to "));
    }
    try {
      return new Envelope(
          value(lines, 4, "from "),
          recipients,
          value(lines, 3, "helo "),
          value(lines, 2, "peer "),
          Instant.parse(value(lines, 1, "received ")));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("line 2 of an envelope has no time", e);
    }
  }

  private static String value(List<String> lines, int line, String name) {
    String text = lines.get(line);
    if (!text.startsWith(name)) {
      throw new IllegalArgumentException(
          "line " + (line + 1) + " of an envelope does not begin with '" + name + "'");
    }
    return text.substring(name.length());
  }
}
