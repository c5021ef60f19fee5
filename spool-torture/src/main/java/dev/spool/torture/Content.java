package dev.spool.torture;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a message consists of, without its bytes: so that it can be told over a pipe, and kept in
 * great number.
 *
 * @param length the number of bytes, or -1 where there is no message
 * @param sha256 their SHA-256 in hexadecimal digits; empty where there is no message
 */
public record Content(int length, String sha256) {
  /** There is no message. */
  public static final Content ABSENT = new Content(-1, "");

  /** Returns what these bytes are. */
  public static Content of(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new Content(bytes.length, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has it", e);
    }
  }

  @Override
  public String toString() {
    return length < 0 ? (sha256.isEmpty() ? "nothing" : sha256) : length + " bytes";
  }
}
