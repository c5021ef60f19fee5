package dev.spool.journal;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Where things are in a segment; {@code docs/format-journal.md} says why.
 *
 * <pre>
 *  0        4,096         8,192                                    length - 4,096   length
 *  +--------+-------------+---------+---------+-----+---------+-----+---------+
 *  | header | header copy | BEGIN   | record  | ... | summary | ... | trailer |
 *  +--------+-------------+---------+---------+-----+---------+-----+---------+
 * </pre>
 */
final class Format {
  static final int VERSION = 1;

  /** What a device may spoil as a whole when the power fails while it writes a part of it. */
  static final int BLOCK = 4096;

  static final int HEADER_COPY_AT = BLOCK;
  static final int RECORDS_AT = 2 * BLOCK;

  /** What records begin at a multiple of. */
  static final int RECORD_UNIT = 8;

  static final int SMALLEST_SEGMENT = 8 * BLOCK;

  private static final String SUFFIX = ".seg";
  private static final String UNFINISHED_SUFFIX = ".new";

  private static final Pattern NAME = Pattern.compile("000[0-9a-f]{5}\\Q" + SUFFIX + "\\E");
  private static final Pattern UNFINISHED =
      Pattern.compile("[0-9a-f]{8}\\Q" + UNFINISHED_SUFFIX + "\\E");

  private Format() {}

  /** Returns the first multiple of {@code unit}, a power of two, that is not below. */
  static long align(long position, int unit) {
    return (position + unit - 1) & -unit;
  }

  /** Returns the position at which the trailer of a segment of that length is. */
  static long trailerAt(long length) {
    return length - BLOCK;
  }

  /** Tells whether a segment can have that length. */
  static boolean isLength(long length) {
    return length >= lengthFor(RecordType.STORE, 0)
        && length <= Integer.MAX_VALUE + (long) SMALLEST_SEGMENT
        && length % BLOCK == 0;
  }

  /** Returns the length of a segment made to the measure of one record. */
  static long lengthFor(RecordType type, int payload) {
    long record = RECORDS_AT + RecordHeader.BYTES + (long) RecordHeader.BYTES + payload;
    long summary = BLOCK + (type == RecordType.REMOVE ? align(payload, BLOCK) : 0L);
    return align(record, BLOCK) + summary + BLOCK;
  }

  static String fileName(int number) {
    return HexFormat.of().toHexDigits(number) + SUFFIX;
  }

  /** Returns the name of a segment's file while it is being made. */
  static String unfinishedName(int number) {
    return HexFormat.of().toHexDigits(number) + UNFINISHED_SUFFIX;
  }

  static boolean isUnfinished(String name) {
    return UNFINISHED.matcher(name).matches();
  }

  /** Returns the number of the segment that a file of that name holds, if it is one's name. */
  static OptionalInt number(String name) {
    int number = NAME.matcher(name).matches() ? HexFormat.fromHexDigits(name, 0, 8) : -1;
    return number >= 0 && number < Index.MOST_SEGMENTS
        ? OptionalInt.of(number)
        : OptionalInt.empty();
  }

  /** Refuses what is no file: opening a pipe would wait for its writer. */
  static void requireFile(Disk disk, Path path) throws IOException {
    if (!disk.facts(path).regularFile()) {
      throw new IOException(path + " is not a regular file");
    }
  }
}
