package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ballast is made where there is room for it, and harms nobody where there is none. */
class BallastTest {
  private static final long SIZE = 3L << 20;
  private static final DiskSpace PLENTY = new DiskSpace(1L << 40, 1L << 40, 0, 0);

  private final FaultyDisk disk = new FaultyDisk(Disk.system());
  private long now = Long.MAX_VALUE - 1;
  @TempDir private Path dir;

  /** The file system has room, and a quota has not: nobody knows before it was written. */
  @Test
  void quotaIsNotFilledAgainAndAgain() throws IOException {
    Path file = dir.resolve("BALLAST");
    disk.space(PLENTY);
    Ballast ballast = new Ballast(disk, file, SIZE, () -> now);
    disk.failAll(Operation.WRITE, () -> new FileSystemException(null, null, "Disk quota exceeded"));
    assertThatThrownBy(() -> ballast.make(() -> false)).isInstanceOf(IOException.class);
    assertThat(file).doesNotExist();
    long tried = disk.count(Operation.CREATE);
    now += Duration.ofSeconds(59).toNanos();
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.NO_ROOM);
    assertThat(disk.count(Operation.CREATE)).isEqualTo(tried);
    assertThat(ballast.isMissing()).isTrue();
    disk.heal();
    disk.space(PLENTY);
    now += Duration.ofSeconds(1).toNanos();
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.PRESENT);
    assertThat(file).hasSize(SIZE);
  }

  /** That costs nothing, and stores wait for it. */
  @Test
  void itIsMadeAtOnceWhenThereIsAnInodeAgain() throws IOException {
    disk.space(PLENTY);
    Ballast ballast = new Ballast(disk, dir.resolve("BALLAST"), SIZE, () -> now);
    disk.failAll(
        Operation.CREATE, () -> new FileSystemException(null, null, "No space left on device"));
    assertThatThrownBy(() -> ballast.make(() -> false)).isInstanceOf(IOException.class);
    disk.heal();
    disk.space(PLENTY);
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.PRESENT);
  }

  @Test
  void whatWasGivenUpIsOwedUntilItIsThereAgain() throws IOException {
    disk.space(PLENTY);
    Ballast ballast = new Ballast(disk, dir.resolve("BALLAST"), SIZE, () -> now);
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.PRESENT);
    assertThat(ballast.release()).isTrue();
    assertThat(ballast.isOwed()).isTrue();
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.PRESENT);
    assertThat(ballast.isOwed()).isFalse();
  }

  @Test
  void howMuchHasToBeFreeForItIsSaid() throws IOException {
    Ballast ballast = new Ballast(Disk.system(), dir.resolve("BALLAST"), 1L << 60);
    assertThat(ballast.make(() -> false)).isEqualTo(Ballast.Made.NO_ROOM);
    assertThat(ballast.need())
        .matches(
            "\\d+ bytes are free, and 11529\\d+ have to be:"
                + " the setting ballast=1152921504606846976, .*");
  }
}
