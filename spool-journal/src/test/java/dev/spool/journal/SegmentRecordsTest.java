package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only what may be a torn tail goes unnoticed without being called a fault of the journal. */
class SegmentRecordsTest {
  @TempDir Path temporary;

  /** Returns the segment that is being written, with four messages that were synced one by one. */
  private Path segment() throws IOException {
    return segments(true);
  }

  /** Returns of two segments the one that has records, or the other. */
  private Path segments(boolean written) throws IOException {
    Path directory = temporary.resolve("spool");
    Path copy = temporary.resolve("copy");
    try (Spool spool = new JournalFixture().open(directory, Map.of(), null)) {
      for (int i = 0; i < 4; i++) {
        spool.store(SpoolId.random(), new byte[5000]).join();
      }
      Files.createDirectory(copy);
      for (int number = 0; number < 2; number++) {
        String name = Format.fileName(number);
        Files.copy(directory.resolve("journal").resolve(name), copy.resolve(name));
      }
    }
    Path first = copy.resolve(Format.fileName(0));
    boolean isFirst = Files.readAllBytes(first)[Format.RECORDS_AT] != 0;
    return isFirst == written ? first : copy.resolve(Format.fileName(1));
  }

  /** Returns the segment with zeros from the middle of its second header on. */
  private static byte[] zeros(Path segment, int to) throws IOException {
    byte[] bytes = Files.readAllBytes(segment);
    Arrays.fill(bytes, Format.RECORDS_AT + 2 * RecordHeader.BYTES - 8, to, (byte) 0);
    return bytes;
  }

  @Test
  void everythingBehindSomePlaceMayNeverHaveBeenWritten() throws IOException {
    Path segment = segment();
    byte[] damaged = zeros(segment, (int) Files.size(segment));
    assertThat(SegmentRecords.canBeTorn(segment, damaged)).isTrue();
  }

  @Test
  void recordBehindTellsThatItWasWritten() throws IOException {
    Path segment = segment();
    byte[] damaged = zeros(segment, Format.RECORDS_AT + 4096);
    assertThat(SegmentRecords.canBeTorn(segment, damaged)).isFalse();
  }

  @Test
  void noProcessLeavesASegmentOfAnotherLength() throws IOException {
    Path segment = segment();
    int length = (int) Files.size(segment);
    byte[] damaged = zeros(segment, length);
    assertThat(SegmentRecords.canBeTorn(segment, Arrays.copyOf(damaged, length + 1))).isFalse();
    assertThat(SegmentRecords.canBeTorn(segment, Arrays.copyOf(damaged, length - 1))).isFalse();
  }

  @Test
  void anotherSegmentWasNotBeingWritten() throws IOException {
    Path other = segments(false);
    byte[] damaged = zeros(other, (int) Files.size(other));
    assertThat(SegmentRecords.canBeTorn(other, damaged)).isFalse();
  }
}
