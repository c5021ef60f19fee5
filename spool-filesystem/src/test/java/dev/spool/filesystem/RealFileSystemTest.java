package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel does to a live spool: its file system is full, read-only, or gone. */
class RealFileSystemTest {
  private static final byte[] MESSAGE = new byte[10_000];

  @TempDir private Path dir;

  @Test
  void fileSystemThatIsFullToTheLastBlockIsDrainedByRemovals() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      fillDrainAndStoreAgain(disk, MESSAGE);
    }
  }

  @Test
  void fileSystemWithoutInodesIsDrainedByRemovals() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16, "-N", "200")) {
      fillDrainAndStoreAgain(disk, new byte[1]);
    }
  }

  private static void fillDrainAndStoreAgain(MountedDisk disk, byte[] message) {
    List<SpoolId> stored = new ArrayList<>();
    try (FileSpool spool = builder(disk).open()) {
      SpoolException refused = null;
      while (refused == null) {
        SpoolId id = TestSpools.id();
        try {
          TestSpools.get(spool.store(id, message));
          stored.add(id);
        } catch (SpoolException e) {
          refused = e;
        }
      }
      assertThat(refused).isInstanceOf(SpoolFullException.class);
      // A probe needs less room than the message did: so it may be over by now.
      assertThat(spool.stats().value("latches.space").orElse(0)).isPositive();
      assertThat(stored).hasSizeGreaterThan(50);
      assertThat(TestSpools.enumerate(spool)).hasSize(stored.size());
      for (SpoolId id : stored) {
        TestSpools.get(spool.remove(id, Durability.SYNC, null));
      }
      awaitStores(spool);
      TestSpools.get(spool.store(TestSpools.id(), message));
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
    }
  }

  @Test
  void fileSystemThatTheKernelMakesReadOnlyEndsTheHealthAndIsRead() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      SpoolId id = TestSpools.id();
      FileSpool spool = builder(disk).open();
      TestSpools.get(spool.store(id, MESSAGE));
      disk.fail();
      SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().reason()).contains("Read-only file system");
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      assertThat(TestSpools.failure(spool.remove(id))).isInstanceOf(SpoolIOException.class);
      assertThat(TestSpools.failure(spool.shutdown())).isInstanceOf(SpoolIOException.class);
    }
  }

  /** Nothing is taken for absent because its file system is. */
  @Test
  void fileSystemThatIsUnmountedBeneathALiveSpoolEndsItsHealthAndSaysWhy() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      SpoolId id = TestSpools.id();
      try (FileSpool spool = builder(disk).open()) {
        TestSpools.get(spool.store(id, MESSAGE));
        disk.unmount();
        assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
        assertThat(TestSpools.failure(spool.remove(id))).isInstanceOf(SpoolIOException.class);
        SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
        assertThat(spool.health().reason()).contains("is not there any more");
        disk.mount();
        awaitStores(spool);
        TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
        assertThat(TestSpools.enumerate(spool)).hasSize(2);
      }
    }
  }

  private static FileSpool.Builder builder(MountedDisk disk) {
    return FileSpool.builder(disk.directory().resolve("spool"))
        .minFreeSpace(SpaceThreshold.parse("0"))
        .minFreeInodes(SpaceThreshold.parse("0"))
        .errorUnlatchDuration(Duration.ZERO);
  }

  private static void awaitStores(FileSpool spool) {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (spool.unhealthyReason() != null) {
      assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
