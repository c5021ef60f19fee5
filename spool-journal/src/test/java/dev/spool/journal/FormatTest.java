package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.journal.SegmentHeader.State;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The bytes are those of the format page; a change of any of them is noticed. */
class FormatTest {
  private static final SegmentHeader HEADER =
      new SegmentHeader(
          State.ACTIVE,
          UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
          0x2a,
          7,
          0x0102030405060708L,
          64 << 20);

  private static final RecordHeader RECORD =
      new RecordHeader(
          RecordType.STORE,
          11,
          0x123456789aL,
          0x0192f5c7a1b27defL,
          0x8123456789abcdefL,
          7,
          8192,
          0x5ca1ab1e);

  @Test
  void headerOfASegment() {
    byte[] bytes = Arrays.copyOf(HEADER.encode().array(), 64);
    assertThat(HexFormat.of().formatHex(bytes).substring(0, 16)).isEqualTo("53504f4f4c534547");
    assertThat(HexFormat.of().formatHex(bytes).substring(24))
        .isEqualTo(
            "00010002"
                + "00112233445566778899aabbccddeeff"
                + "0000002a"
                + "00000007"
                + "0102030405060708"
                + "0000000004000000"
                + "0000000000000000");
    assertThat(SegmentHeader.decode(HEADER.encode())).isEqualTo(HEADER);
  }

  @Test
  void everyBitOfASegmentsHeaderCounts() {
    for (int bit = 0; bit < 64 * 8; bit++) {
      ByteBuffer block = HEADER.encode();
      block.put(bit / 8, (byte) (block.get(bit / 8) ^ 1 << bit % 8));
      assertThat(SegmentHeader.decode(block)).as("bit " + bit).isNull();
    }
  }

  @Test
  void headerOfARecord() {
    assertThat(HexFormat.of().formatHex(encoded(RECORD).array()).substring(0, 88))
        .isEqualTo(
            "02000000"
                + "0000000b"
                + "000000123456789a"
                + "0192f5c7a1b27def8123456789abcdef"
                + "00000007"
                + "00002000"
                + "5ca1ab1e");
    assertThat(RecordHeader.decode(encoded(RECORD), 0, 99, 8240)).isEqualTo(RECORD);
  }

  @Test
  void everyBitOfARecordsHeaderCounts() {
    for (int bit = 0; bit < RecordHeader.BYTES * 8; bit++) {
      ByteBuffer header = encoded(RECORD);
      header.put(bit / 8, (byte) (header.get(bit / 8) ^ 1 << bit % 8));
      assertThat(RecordHeader.decode(header, 0, 99, 8240)).as("bit " + bit).isNull();
    }
  }

  @Test
  void recordOfAnotherLifeOrPlaceIsNone() {
    assertThat(RecordHeader.decode(encoded(RECORD), 0, 98, 8240)).isNull();
    assertThat(RecordHeader.decode(encoded(RECORD), 0, 99, 8248)).isNull();
  }

  /** A reader that believed it would look where nothing is, or fail in its own ways. */
  @Test
  void whatNobodyWritesIsNoneThoughItsChecksumIsRight() {
    for (long length : new long[] {-1, 0, Format.BLOCK, Format.SMALLEST_SEGMENT + 1, 1L << 40}) {
      SegmentHeader strange = new SegmentHeader(State.ACTIVE, HEADER.store(), 42, 7, 1, length);
      assertThat(SegmentHeader.decode(strange.encode())).as("length " + length).isNull();
    }
    assertThat(
            SegmentHeader.decode(
                new SegmentHeader(State.ACTIVE, HEADER.store(), 42, -1, 1, 64 << 20).encode()))
        .as("generation")
        .isNull();
    assertThat(RecordHeader.decode(encoded(record(-1, 1, 0x7000)), 0, 99, 8240)).isNull();
    assertThat(RecordHeader.decode(encoded(record(1, -1, 0x7000)), 0, 99, 8240)).isNull();
    assertThat(RecordHeader.decode(encoded(record(1, 1L << 48, 0x7000)), 0, 99, 8240)).isNull();
    assertThat(RecordHeader.decode(encoded(record(1, 1, 0x4000)), 0, 99, 8240)).isNull();
    assertThat(RecordHeader.decode(encoded(record(1, 1, 0x7000)), 0, 99, 8240)).isNotNull();
  }

  private static RecordHeader record(int length, long sequence, long high) {
    return new RecordHeader(RecordType.STORE, length, sequence, high, Long.MIN_VALUE, 7, 8192, 0);
  }

  private static ByteBuffer encoded(RecordHeader header) {
    ByteBuffer bytes = ByteBuffer.allocate(RecordHeader.BYTES);
    header.encode(bytes, 99, 8240);
    return bytes;
  }
}
