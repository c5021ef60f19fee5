package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file system that is really full: at the log, at a flush, at a compaction, and at the manifest,
 * which {@link FailingDeviceTest} meets one by one.
 */
@Tag("same-on-any-jdk")
class FullDiskTest {
  private static final int MEBIBYTES = 48;

  private final Ledger ledger = new Ledger();
  @TempDir private Path dir;
  private MountedDisk disk;

  @BeforeEach
  void mount() throws IOException {
    disk = MountedDisk.ext4(dir, MEBIBYTES, "-O", "^has_journal");
  }

  @AfterEach
  void unmount() throws IOException {
    if (disk != null) {
      disk.close();
    }
  }

  @Test
  void storesStopBeforeTheDiskIsFull() throws IOException {
    try (RocksSpool spool = builder().minFreeSpace(SpaceThreshold.parse("10%")).open()) {
      ledger.storeAll(spool, 50, 100_000);
      Path filling = disk.fill(3 << 20); // less than a tenth
      Spooled.await("it is noticed", () -> spool.unhealthyReason() != null);
      SpoolException refused = ledger.store(spool, 100, Durability.SYNC);
      assertThat(refused).isInstanceOf(SpoolFullException.class);
      assertThat(refused.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED);
      assertThat(disk.free()).as("what removals and compactions need").isGreaterThan(1 << 20);
      drainOneByOne(spool);
      Files.delete(filling);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
    reopened();
  }

  /** Nobody else makes room: what was delivered has to. */
  @Test
  void spoolThatHasFilledItsDiskTakesStoresAgainOnceItIsDrained() throws IOException {
    try (RocksSpool spool = builder().minFreeSpace(SpaceThreshold.parse("40%")).open()) {
      // The room is looked at each second, in which a fast machine would fill the disk to its end.
      while (spool.unhealthyReason() == null) {
        if (disk.free() > 16 << 20) {
          var unused = ledger.store(spool, 100_000, Durability.SYNC);
        } else {
          LockSupport.parkNanos(1_000_000);
        }
      }
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolFullException.class);
      drainOneByOne(spool);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
    reopened();
  }

  /** Nothing that is left can be compacted at once: there is no room for as much again. */
  @Test
  void fullDiskThatIsHalfDrainedTakesStoresAgain() throws IOException {
    try (RocksSpool spool = builder().ballast(6 << 20).writeBufferSize(1 << 20).open()) {
      Spooled.await(
          "the ballast is made", () -> sizeOf(dir.resolve("mounted/s/BALLAST")) == 6 << 20);
      SpoolException refused = storeUntilRefused(spool, 6_000);
      assertThat(refused).isInstanceOf(SpoolFullException.class);
      List<SpoolId> ids = ledger.ids();
      for (int i = 0; i < ids.size(); i += 2) {
        assertThat(ledger.remove(spool, ids.get(i), Durability.BUFFERED)).isNull();
      }
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
  }

  /** What was replaced takes up as much room as what was removed. */
  @Test
  void spoolThatHasFilledItsDiskWithReplacementsTakesStoresAgain() throws IOException {
    try (RocksSpool spool = builder().minFreeSpace(SpaceThreshold.parse("25%")).open()) {
      List<SpoolId> ids = Stream.generate(SpoolId::random).limit(60).toList();
      for (int i = 0; spool.unhealthyReason() == null && i < 3000; i++) {
        while (disk.free() < 9 << 20 && spool.unhealthyReason() == null) {
          LockSupport.parkNanos(1_000_000); // until the room is looked at, as above
        }
        try {
          Spooled.get(spool.store(ids.get(i % 60), new byte[100_000], Durability.SYNC, null));
        } catch (SpoolException e) {
          assertThat(e).isInstanceOf(SpoolFullException.class);
        }
      }
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
    }
  }

  /** Nothing stops the stores but the disk itself, which the ballast gives room again. */
  @Test
  void diskThatIsFullToTheLastByteIsDrainedByRemovals() throws IOException {
    Path ballast = dir.resolve("mounted/s/BALLAST");
    try (RocksSpool spool = builder().ballast(8 << 20).writeBufferSize(2 << 20).open()) {
      Spooled.await("the ballast is made", () -> sizeOf(ballast) == 8 << 20);
      SpoolException refused = storeUntilRefused(spool, 100_000);
      assertThat(refused).isInstanceOf(SpoolFullException.class);
      // What the ballast gave may be enough by now for stores to be taken again.
      assertThat(spool.stats().value("latches.space").orElse(0)).isPositive();
      assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
      drainOneByOne(spool);
      Spooled.await("the ballast is made again", () -> sizeOf(ballast) == 8 << 20);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
    reopened();
  }

  /** Somebody else takes all room: what is in the memtables cannot be flushed. */
  @Test
  void flushWithoutRoomLosesNothing() throws IOException {
    try (RocksSpool spool = builder().open()) {
      ledger.storeAll(spool, 30, 100_000);
      Path filling = disk.fill(0);
      assertThat(Spooled.failure(spool.adviseLowMemory())).isInstanceOf(SpoolFullException.class);
      assertThat(spool.unhealthyReason()).isNotNull();
      assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
      ledger.startRemove(spool, ledger.oldest());
      Files.delete(filling);
      ledger.settle();
      Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
    reopened();
  }

  /** There is room for a small flush, and not for all tables once more. */
  @Test
  void compactionWithoutRoomLosesNothing() throws IOException {
    try (RocksSpool spool = builder().open()) {
      ledger.storeAll(spool, 100, 100_000);
      Spooled.get(spool.compact());
    }
    // Without logs that were kept to be used again: giving these up would make room enough.
    try (RocksSpool spool = builder().open()) {
      ledger.storeAll(spool, 3, 1000);
      Path filling = disk.fill(2 << 20);
      assertThat(Spooled.failure(spool.compact())).isInstanceOf(SpoolFullException.class);
      // What it wrote was deleted again: so there may be room enough by now.
      assertThat(spool.stats().value("latches.space").orElse(0)).isPositive();
      assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
      assertThat(ledger.remove(spool, ledger.oldest(), Durability.SYNC)).isNull();
      Files.delete(filling);
      Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
      ledger.storeAll(spool, 10, 1000);
      Spooled.get(spool.compact());
      ledger.assertHeld(spool);
    }
    reopened();
  }

  /**
   * With a few blocks more at each step, the room ends at the table, in it, and at the manifest.
   */
  @Test
  void roomThatEndsAnywhereInAFlushLosesNothing() throws IOException {
    for (int blocks = 0; blocks <= 16; blocks += 2) {
      try (RocksSpool spool = builder().open()) {
        ledger.storeAll(spool, 12, 3000);
        Path filling = disk.fill(blocks * 4096L);
        SpoolException failure = failureOf(spool.adviseLowMemory());
        if (failure != null) {
          assertThat(failure).isInstanceOf(SpoolFullException.class);
          // It may have found room meanwhile, in logs that it gave up.
          assertThat(spool.stats().value("latches.space").orElse(0)).isPositive();
        }
        assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
        Files.delete(filling);
      }
      reopened();
    }
  }

  @Test
  void fullDiskIsOpenedAndSaysSo() throws IOException {
    // RocksDB sets room aside for a log of that size when it opens.
    RocksSpool.Builder small = builder().writeBufferSize(256 << 10);
    try (RocksSpool spool = small.open()) {
      ledger.storeAll(spool, 20, 1000);
      Spooled.get(spool.compact());
    }
    Path filling = disk.fill(8 << 20); // RocksDB sets 4 MiB aside for its manifest, too
    try (RocksSpool spool = small.minFreeSpace(SpaceThreshold.parse("50%")).open()) {
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolFullException.class);
      assertThat(ledger.remove(spool, ledger.oldest(), Durability.SYNC)).isNull();
      ledger.assertHeld(spool);
      Files.delete(filling);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      ledger.storeAll(spool, 5, 1000);
    }
    reopened();
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(disk.directory().resolve("s"))
        .ballast(0)
        .writeBufferSize(4 << 20)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .errorUnlatchDuration(Duration.ZERO);
  }

  private SpoolException storeUntilRefused(RocksSpool spool, int bytes) {
    for (int i = 0; i < (MEBIBYTES << 20) / bytes * 2; i++) {
      SpoolException failure =
          ledger.store(spool, bytes, i % 4 == 0 ? Durability.BUFFERED : Durability.SYNC);
      if (failure != null) {
        return failure;
      }
    }
    throw new AssertionError("it was never refused");
  }

  /** Removes all but a few, each waited for, and each to be carried out. */
  private void drainOneByOne(RocksSpool spool) {
    List<SpoolId> ids = ledger.ids();
    for (SpoolId id : ids.subList(0, ids.size() - 20)) {
      SpoolException failure = ledger.remove(spool, id, Durability.SYNC);
      assertThat(failure).as("removing " + id).isNull();
    }
  }

  private void reopened() {
    try (RocksSpool spool = builder().open()) {
      assertThat(spool.health().reason()).isNull();
      ledger.assertHeld(spool);
    }
  }

  private static @Nullable SpoolException failureOf(CompletableFuture<?> future) {
    try {
      var unused = Spooled.get(future);
      return null;
    } catch (SpoolException e) {
      return e;
    }
  }

  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return -1;
    }
  }
}
