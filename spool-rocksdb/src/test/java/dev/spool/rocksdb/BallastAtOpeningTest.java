package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolFullException;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk is so full that a database on it cannot even be opened. */
class BallastAtOpeningTest {
  private static final int MEBIBYTES = 64;
  private static final long BALLAST = 16L << 20;

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

  /** What it gave up is for removals, and for no store to take. */
  @Test
  void openingWithoutRoomGivesTheBallastUpAndItIsMadeAgainBeforeStoresAreTaken()
      throws IOException {
    Path ballast = disk.directory().resolve("s/BALLAST");
    try (RocksSpool spool = open()) {
      ledger.storeAll(spool, 100, 10_000);
      Spooled.await("the ballast is made", () -> sizeOf(ballast) == BALLAST);
    }
    Path filling = disk.fill(0);
    try (RocksSpool spool = open()) {
      assertThat(ballast).doesNotExist();
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolFullException.class);
      ledger.assertHeld(spool);
      assertThat(ledger.remove(spool, ledger.oldest(), Durability.SYNC)).isNull();
      makeRoom(filling, 20L << 20); // enough for stores, but not for a ballast
      long probes = failedProbes(spool);
      Spooled.await("it is looked at twice", () -> failedProbes(spool) >= probes + 2);
      assertThat(ballast).doesNotExist();
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolFullException.class);
      Files.delete(filling);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      assertThat(ballast).hasSize(BALLAST);
      ledger.storeAll(spool, 10, 1000);
      ledger.assertHeld(spool);
    }
    try (RocksSpool spool = open()) {
      assertThat(spool.health().reason()).isNull();
      ledger.assertHeld(spool);
    }
  }

  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return -1;
    }
  }

  private static long failedProbes(RocksSpool spool) {
    return spool.stats().value("health.probes.failed").orElseThrow();
  }

  private void makeRoom(Path filling, long wanted) throws IOException {
    try (FileChannel file = FileChannel.open(filling, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - Math.max(0, wanted - disk.free()));
    }
  }

  private RocksSpool open() {
    return RocksSpool.builder(disk.directory().resolve("s"))
        .ballast(BALLAST)
        .writeBufferSize(2 << 20)
        .minFreeSpace(SpaceThreshold.amount(BALLAST))
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO)
        .errorUnlatchDuration(Duration.ZERO)
        .open();
  }
}
