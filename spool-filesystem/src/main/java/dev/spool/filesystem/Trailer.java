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

  /** A trailer with gaps to be filled in: each message that is stored or read makes one. */
  private static final byte[] TEMPLATE =
      (START
              + "0".repeat(DIGITS_OF_LENGTH)
              + BEFORE_CHECKSUM
              + "0".repeat(8)
              + BEFORE_ID
              + "0".repeat(32)
              + "\n")
          .getBytes(StandardCharsets.US_ASCII);

  /** Returns the trailer of a message. */
  static Trailer of(SpoolId id, byte[] message) {
    CRC32C crc = new CRC32C();
    crc.update(message, 0, message.length);
    return of(id, message.length, crc);
  }

  /**
   * Returns the trailer of a message.
   *
   * @param ofMessage the checksum of the message, which is used up
   */
  static Trailer of(SpoolId id, int length, CRC32C ofMessage) {
    return new Trailer(id, length, 0).withChecksumFrom(ofMessage);
  }

  private Trailer withChecksumFrom(CRC32C ofMessage) {
    byte[] text = encode();
    ofMessage.update(text, 0, CHECKSUM_AT);
    ofMessage.update(text, CHECKSUM_END, LENGTH - CHECKSUM_END);
    return new Trailer(id, length, (int) ofMessage.getValue());
  }

  /** Returns the line, in a new array. */
  byte[] encode() {
    byte[] line = TEMPLATE.clone();
    int left = length;
    for (int at = LENGTH_AT + DIGITS_OF_LENGTH - 1; at >= LENGTH_AT; at--) {
      line[at] = (byte) ('0' + left % 10);
      left /= 10;
    }
    for (int i = 0; i < 8; i++) {
      line[CHECKSUM_AT + i] = (byte) Character.forDigit(checksum >>> (28 - 4 * i) & 0xF, 16);
    }
    byte[] name = id.toString().getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, line, ID_AT, name.length);
    return line;
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
   * Reads the trailer of a message of which something is known.
   *
   * @throws Damage if it is none, or another message's
   */
  static Trailer parse(byte[] bytes, SpoolId id, int length) throws Damage {
    Trailer trailer = parse(bytes);
    if (!trailer.id.equals(id)) {
      throw new Damage("its last line names another message, " + trailer.id);
    }
    if (trailer.length != length) {
      throw new Damage("it has " + length + " bytes, and its last line says " + trailer.length);
    }
    return trailer;
  }

  /**
   * Checks that a file's last bytes are the one trailer that is right; another one is asked what it
   * says.
   *
   * @param ofMessage the checksum of the message that was read, which is used up
   * @throws Damage if they are not
   */
  static void verify(byte[] bytes, SpoolId id, int length, CRC32C ofMessage) throws Damage {
    Trailer right = of(id, length, ofMessage);
    if (!Arrays.equals(bytes, right.encode())) {
      throw new Damage(
          "its checksum is "
              + HEX.toHexDigits(right.checksum)
              + ", and should be "
              + HEX.toHexDigits(parse(bytes, id, length).checksum));
    }
  }
}
