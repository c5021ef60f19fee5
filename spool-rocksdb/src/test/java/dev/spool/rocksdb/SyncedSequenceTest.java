package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.support.Disk;
import dev.spool.testkit.FaultyDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How the file is made, and replaced; what damage to it means to a spool is in DamagedFilesTest.
 */
class SyncedSequenceTest {
  private static final long FOUND = 100;

  /** As an adopted database, which holds messages before there is such a file. */
  @Test
  void fileOfWhichTheMakingWasInterruptedIsNotTakenForDamaged(@TempDir Path dir)
      throws IOException {
    Path path = dir.resolve("SYNCED");
    int interrupted = 0;
    while (isInterrupted(path, 0, ++interrupted)) {
      long seen = SyncedSequence.peek(Disk.system(), path);
      assertThat(seen).as("after operation %s", interrupted).isZero();
    }
    assertThat(interrupted).isGreaterThan(4);
    assertThat(names(dir)).containsExactly("SYNCED");
    assertThat(path).hasSize(20);
  }

  /** Until there is a new one, each opening tells of the damage; then there is one of each. */
  @Test
  void damagedFileIsExchangedAtOnce(@TempDir Path dir) throws IOException {
    Path path = dir.resolve("SYNCED");
    byte[] damaged = new byte[1000];
    Files.write(path, damaged);
    int interrupted = 1;
    long seen = SyncedSequence.peek(Disk.system(), path);
    assertThat(seen).isNegative();
    while (isInterrupted(path, seen, interrupted)) {
      long now = SyncedSequence.peek(Disk.system(), path);
      assertThat(now).as("after operation %s", interrupted++).isIn(seen, FOUND);
      if (now == FOUND) { // which is durable if the force of the directory was no failure
        break;
      }
    }
    assertThat(interrupted).isGreaterThan(4);
    assertThat(names(dir)).containsExactly("SYNCED", "SYNCED.damaged-1");
    assertThat(dir.resolve("SYNCED.damaged-1")).hasBinaryContent(damaged);
    assertThat(SyncedSequence.peek(Disk.system(), path)).isEqualTo(FOUND);
  }

  /** As one is that an older release has left when it was killed; it says nothing to anybody. */
  @Test
  void blankFileIsNotKept(@TempDir Path dir) throws IOException {
    Path path = dir.resolve("SYNCED");
    Files.write(path, new byte[0]);
    Files.write(dir.resolve("SYNCED.damaged-1"), new byte[1000]);
    Files.write(dir.resolve("SYNCED.new"), new byte[3]);
    long seen = SyncedSequence.peek(Disk.system(), path);
    assertThat(seen).isNegative();
    assertThat(isInterrupted(path, seen, Long.MAX_VALUE)).isFalse();
    assertThat(names(dir)).containsExactly("SYNCED", "SYNCED.damaged-1");
  }

  @Test
  void nothingIsTouchedBeforeTheSpoolIsOpen(@TempDir Path dir) throws IOException {
    Path path = dir.resolve("SYNCED");
    byte[] damaged = new byte[1000];
    Files.write(path, damaged);
    try (SyncedSequence synced =
        new SyncedSequence(Disk.system(), path, SyncedSequence.peek(Disk.system(), path))) {
      synced.record(FOUND);
      assertThat(synced.isUntouched()).isTrue();
    }
    assertThat(names(dir)).containsExactly("SYNCED");
    assertThat(path).hasBinaryContent(damaged);
  }

  /** Whether an operation of the disk's was to fail, and so the process may as well have ended. */
  private static boolean isInterrupted(Path path, long seen, long operation) {
    FaultyDisk disk = new FaultyDisk(Disk.system());
    disk.failNth(operation, true, () -> new IOException("Input/output error"));
    try (SyncedSequence synced = new SyncedSequence(disk, path, seen)) {
      synced.goOn(FOUND);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static List<String> names(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }
}
