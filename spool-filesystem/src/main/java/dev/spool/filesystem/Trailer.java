package dev.spool.filesystem;

import dev.spool.SpoolId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The last line of a message's file, which tells whether the file is whole, and whose it is.
 *
 * <pre>
 *   0         1         2         3         4         5         6         7         8
 *   012345678901234567890123456789012345678901234567890123456789012345678901234567890123
 *   nSPOOL-FILE/1 length=0000004096 crc32c=89abcdef id=0192f5c7a1b27def8123456789abcdefn
 * </pre>
 *
 * <p>Each {@code n} is a line feed: the first one ends a last line of the message that has no end.
 * The length is that of the message, in bytes. The checksum is the CRC-32C of the whole file but
 * its own eight digits, so that each byte of the file is covered; there is one way only to write a
 * trailer, so that a change of the digits is found too.
 *
 * @param id whose message it is
 * @param length the message's length in bytes
 * @param checksum what the file says the checksum is
 */
record Trailer(SpoolId id, int length, int checksum) {
  /** The length of every trailer, in bytes. */
  static final int LENGTH = 84;

  private static final String MAGIC = "\nSPOOL-FILE/";
  private static final String START = MAGIC + "1 length=";
  private static final String BEFORE_CHECKSUM = " crc32c=";
  private static final String BEFORE_ID = " id=";

  private static final int DIGITS_OF_LENGTH = 10;
  private static final int LENGTH_AT = START.length();
  private static final int CHECKSUM_AT = LENGTH_AT + DIGITS_OF_LENGTH + BEFORE_CHECKSUM.length();
  private static final int CHECKSUM_END = CHECKSUM_AT + 8;
  private static final int ID_AT = CHECKSUM_END + BEFORE_ID.length();
  private static final HexFormat HEX = HexFormat.of();

  /** Returns the trailer of a message. */
  static Trailer of(SpoolId id, byte[] message) {
    CRC32C crc = new CRC32C();
    crc.update(message, 0, message.length);
    return new Trailer(id, message.length, 0).withChecksumFrom(crc);
  }

  private Trailer withChecksumFrom(CRC32C ofMessage) {
    byte[] text = encode();
    ofMessage.update(text, 0, CHECKSUM_AT);
    ofMessage.update(text, CHECKSUM_END, LENGTH - CHECKSUM_END);
    return new Trailer(id, length, (int) ofMessage.getValue());
  }

  /** Returns the line, in a new array. */
  byte[] encode() {
    String digits = Integer.toString(length);
    String line =
        START
            + "0".repeat(DIGITS_OF_LENGTH - digits.length())
            + digits
            + BEFORE_CHECKSUM
            + HEX.toHexDigits(checksum)
            + BEFORE_ID
            + id
            + "\n";
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads a trailer.
   *
   * @param bytes the last {@link #LENGTH} bytes of a file
   * @throws Damage if it is none
   */
  static Trailer parse(byte[] bytes) throws Damage {
    String line = new String(bytes, StandardCharsets.ISO_8859_1);
    if (!line.startsWith(START)) {
      throw new Damage(
          line.startsWith(MAGIC)
              ? "its last line is of a version that is not known here"
              : "its last line is not that of a message's file");
    }
    Trailer trailer;
    try {
      trailer =
          new Trailer(
              SpoolId.parse(line.substring(ID_AT, LENGTH - 1)),
              Integer.parseInt(line, LENGTH_AT, LENGTH_AT + DIGITS_OF_LENGTH, 10),
              HexFormat.fromHexDigits(line, CHECKSUM_AT, CHECKSUM_END));
    } catch (IllegalArgumentException e) {
      throw new Damage("its last line is malformed");
    }
    if (trailer.length < 0 || !Arrays.equals(trailer.encode(), bytes)) {
      throw new Damage("its last line is malformed");
    }
    return trailer;
  }

  /**
   * Checks that this is the trailer of a message.
   *
   * @param ofMessage the checksum of the message that was read, which is used up
   * @throws Damage if it is not
   */
  void verify(CRC32C ofMessage) throws Damage {
    int found = withChecksumFrom(ofMessage).checksum;
    if (found != checksum) {
      throw new Damage(
          "its checksum is "
              + HEX.toHexDigits(found)
              + ", and should be "
              + HEX.toHexDigits(checksum));
    }
  }
}
