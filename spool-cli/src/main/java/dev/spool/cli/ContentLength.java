package dev.spool.cli;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header by which the variants mboxcl and mboxcl2 tell where a message ends. It is not heeded,
 * since anybody can write one into a message; it tells when an mbox may be of another variant than
 * the one as which it is read.
 */
final class ContentLength {
  private static final Pattern HEADER =
      Pattern.compile("^Content-Length: *(\\d{1,18})\\s*$", Pattern.CASE_INSENSITIVE);

  private ContentLength() {}

  /**
   * Tells whether a message has such a header, and it does not agree with what was read.
   *
   * @param message as it was read
   * @param unquoted how many of its lines were changed
   * @param raw how many bytes it has in the mbox
   */
  static boolean contradicts(byte[] message, long unquoted, long raw) {
    long told = -1;
    int from = 0;
    while (from < message.length) {
      int to = from;
      while (to < message.length && message[to] != '\n') {
        to++;
      }
      int next = Math.min(message.length, to + 1);
      if (to == from || (to == from + 1 && message[from] == '\r')) {
        long body = raw - next;
        return told >= 0 && (told != body || unquoted > 0);
      }
      if (message[from] == 'C' || message[from] == 'c') {
        Matcher header = HEADER.matcher(line(message, from, to));
        told = header.matches() ? Long.parseLong(header.group(1)) : told;
      }
      from = next;
    }
    return false;
  }

  private static String line(byte[] message, int from, int to) {
    return new String(message, from, Math.min(to - from, 100), StandardCharsets.ISO_8859_1);
  }
}
