package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskSync;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.FaultyMount;
import dev.spool.testkit.MountedDisk;
import dev.spool.testkit.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel does to a live spool: its file system is full, read-only, or gone. */
class RealFileSystemTest {
  private static final byte[] MESSAGE = new byte[10_000];
  private static final int AT_ONCE = 32;

  /** How long it is waited for files to be forced together. */
  private static final Duration TOGETHER = Duration.ofSeconds(60);

  private static final String NOT_TOGETHER =
      "files are not forced together: an old kernel, or no JNA on the class path";

  /** Stands in no identifier. */
  private static final String REFUSED = "refused";

  @TempDir private Path dir;

  @Test
  void fileSystemThatIsFullToTheLastBlockIsDrainedByRemovals() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      fillDrainAndStoreAgain(disk, MESSAGE);
    }
  }

  @Test
  void xfsThatIsFullToTheLastBlockIsDrainedByRemovals() throws IOException {
    try (MountedDisk disk = MountedDisk.xfs(dir, 64)) {
      fillDrainAndStoreAgain(disk, new byte[100_000]);
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
      TestSpools.awaitStores(spool);
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

  /**
   * The device takes no message any more, and still all that the file system has of its own. Where
   * an error ends the file system, files are forced together; else each by itself.
   */
  @ParameterizedTest
  @ValueSource(strings = {"errors=remount-ro", "errors=continue"})
  void whatTheKernelCannotBringToTheDeviceIsNotAcknowledged(String errors) throws IOException {
    Map<SpoolId, byte[]> acknowledged = new HashMap<>();
    try (FaultyMount device = FaultyMount.in(dir);
        MountedDisk disk = MountedDisk.ext4(device.directory(), 64, "-b", "4096")) {
      disk.writePageByPage();
      disk.remount(errors);
      FileSpool spool = builder(disk).errorUnlatchDuration(Duration.ofHours(1)).open();
      boolean together = errors.equals("errors=remount-ro");
      try {
        if (together) {
          awaitForcesTogether(spool);
        }
        long before = forcedTogether(spool);
        for (int i = 0; i < 20 && (i == 0 || (together && forcedTogether(spool) == before)); i++) {
          assertThat(storeAtOnce(spool, false, acknowledged)).isZero();
          writeAllIfNeeded(i);
        }
        if (together) {
          Required.granted(forcedTogether(spool) > before, NOT_TOGETHER);
        } else {
          assertThat(forcedTogether(spool)).isEqualTo(before);
        }
        device.failWritesOf(REFUSED);
        assertThat(storeAtOnce(spool, true, acknowledged)).isGreaterThanOrEqualTo(AT_ONCE / 2);
        assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      } finally {
        device.heal();
        TestSpools.get(spool.shutdown());
      }
      disk.unmount();
      disk.mount();
      try (FileSpool again = builder(disk).open()) {
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(AT_ONCE);
        for (Map.Entry<SpoolId, byte[]> stored : acknowledged.entrySet()) {
          assertThat(TestSpools.get(again.load(stored.getKey()))).isEqualTo(stored.getValue());
        }
      }
    }
  }

  /** Where an ext4 goes on after an error, one call for all files does not tell of it. */
  @Test
  void filesAreNotForcedTogetherWhereAnErrorDoesNotEndTheFileSystem() throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 64)) {
      try (FileSpool spool = builder(disk).open()) {
        awaitForcesTogether(spool);
      }
      disk.remount("errors=continue");
      try (FileSpool spool = builder(disk).open()) {
        for (int i = 0; i < 20; i++) {
          assertThat(storeAtOnce(spool, false, new HashMap<>())).isZero();
        }
        assertThat(forcedTogether(spool)).isZero();
      }
    }
  }

  /** As if by another spool: what was opened before is the one below. */
  @Test
  void whatIsWrittenWhereSomethingWasMountedMeanwhileIsNotForcedByOneCall() throws Exception {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16);
        DiskSync sync = openSync(disk.directory());
        DiskSync other = openSync(disk.directory())) {
      assertThat(other.force()).isTrue();
      run("mount", "-t", "tmpfs", "tmpfs", disk.directory().toString());
      try {
        assertThat(sync.force()).isFalse();
      } finally {
        run("umount", disk.directory().toString());
      }
    }
  }

  /** Not for a while after a call that took long; then each is forced by itself. */
  private static void awaitForcesTogether(FileSpool spool) {
    long end = System.nanoTime() + TOGETHER.toNanos();
    for (int i = 0; forcedTogether(spool) == 0 && System.nanoTime() - end < 0; i++) {
      Map<SpoolId, byte[]> stored = new HashMap<>();
      assertThat(storeAtOnce(spool, false, stored)).isZero();
      for (SpoolId id : stored.keySet()) {
        TestSpools.get(spool.remove(id, Durability.SYNC, null));
      }
      writeAllIfNeeded(i);
    }
    Required.granted(forcedTogether(spool) > 0, NOT_TOGETHER);
  }

  private static DiskSync openSync(Path directory) throws IOException {
    long end = System.nanoTime() + TOGETHER.toNanos();
    DiskSync sync = Disk.system().openSync(directory);
    for (int i = 0; sync == null && System.nanoTime() - end < 0; i++) {
      LockSupport.parkNanos(100_000_000);
      writeAllIfNeeded(i);
      sync = Disk.system().openSync(directory);
    }
    Required.granted(sync != null, NOT_TOGETHER);
    return Objects.requireNonNull(sync);
  }

  /** Nor while the machine has much else to write: so that is written, after some tries. */
  private static void writeAllIfNeeded(int tries) {
    if (tries % 10 == 9) {
      run("sync");
    }
  }

  private static long forcedTogether(FileSpool spool) {
    return spool.stats().value("files.forced.together").orElse(0);
  }

  /**
   * Stores many messages at once; returns how many failed.
   *
   * @param refused whether each second one is of those that the device may refuse
   */
  private static int storeAtOnce(
      FileSpool spool, boolean refused, Map<SpoolId, byte[]> acknowledged) {
    Map<SpoolId, byte[]> messages = new HashMap<>();
    Map<SpoolId, CompletableFuture<Void>> stores = new HashMap<>();
    for (int i = 0; i < AT_ONCE; i++) {
      SpoolId id = TestSpools.id();
      byte[] message = message(refused && i % 2 == 1 ? REFUSED : "", id);
      messages.put(id, message);
      stores.put(id, spool.store(id, message.clone()));
    }
    int failed = 0;
    for (Map.Entry<SpoolId, CompletableFuture<Void>> store : stores.entrySet()) {
      try {
        TestSpools.get(store.getValue());
        acknowledged.put(store.getKey(), Objects.requireNonNull(messages.get(store.getKey())));
      } catch (SpoolException e) {
        failed++;
      }
    }
    return failed;
  }

  private static byte[] message(String beginning, SpoolId id) {
    return (beginning + id).repeat(300).getBytes(StandardCharsets.US_ASCII);
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
        TestSpools.awaitStores(spool);
        TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
        assertThat(TestSpools.enumerate(spool)).hasSize(2);
      }
    }
  }

  /**
   * An administrator cannot make a file system read-only beneath a live spool, which has its lock
   * open to write. He can end the journal of an ext4, which is the same and worse.
   */
  @Test
  void fileSystemThatIsMountedReadOnlyBeneathALiveSpoolEndsItsHealthAndLosesNothing()
      throws IOException {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      List<SpoolId> stored = new ArrayList<>();
      FileSpool spool = builder(disk).open();
      stored.add(TestSpools.id());
      TestSpools.get(spool.store(stored.get(0), MESSAGE));
      assertThatThrownBy(() -> disk.remount("ro")).hasMessageContaining("busy");
      stored.add(TestSpools.id());
      TestSpools.get(spool.store(stored.get(1), MESSAGE));
      disk.remount("abort");
      for (int i = 0; i < 3; i++) {
        assertThat(TestSpools.failure(spool.store(TestSpools.id(), MESSAGE)).outcome())
            .isEqualTo(Outcome.NOT_APPLIED);
      }
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().reason()).contains("Read-only file system");
      assertThat(TestSpools.failure(spool.remove(stored.get(0))))
          .isInstanceOf(SpoolIOException.class);
      assertThat(TestSpools.enumerate(spool)).hasSize(2);
      assertThat(TestSpools.failure(spool.shutdown())).isInstanceOf(SpoolIOException.class);
      disk.unmount();
      disk.mount();
      try (FileSpool again = builder(disk).open()) {
        for (SpoolId id : stored) {
          assertThat(TestSpools.get(again.load(id))).isEqualTo(MESSAGE);
        }
        assertThat(TestSpools.enumerate(again)).hasSize(2);
      }
    }
  }

  /** By a flag, which stops root, too, as its mode does not. */
  @Test
  void directoryThatBecomesReadOnlyEndsTheHealthAndSaysWhy() throws Exception {
    try (MountedDisk disk = MountedDisk.ext4(dir, 16)) {
      SpoolId id = TestSpools.id();
      try (FileSpool spool = builder(disk).errorLatchDuration(Duration.ZERO).open()) {
        TestSpools.get(spool.store(id, MESSAGE));
        Path slot = new FileLayout(disk.directory().resolve("spool")).file(id).getParent();
        for (Path directory : List.of(slot, slot.resolveSibling("../tmp"))) {
          run("chattr", "+i", directory.toString());
          SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
          assertThat(failure).isInstanceOf(SpoolIOException.class);
          assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
          assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
          assertThat(spool.health().reason()).contains("Operation not permitted");
          assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
          assertThat(TestSpools.enumerate(spool)).hasSize(1);
          run("chattr", "-i", directory.toString());
          TestSpools.awaitStores(spool);
        }
        TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
        assertThat(TestSpools.enumerate(spool)).hasSize(2);
      }
    }
  }

  private static void run(String... command) {
    try {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void memoryFileSystemIsNotMadeReadOnlyBeneathALiveSpool() throws IOException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 16);
        FileSpool spool = builder(disk).open()) {
      assertThatThrownBy(() -> disk.remount("ro")).hasMessageContaining("busy");
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  private static FileSpool.Builder builder(MountedDisk disk) {
    return FileSpool.builder(disk.directory().resolve("spool"))
        .minFreeSpace(SpaceThreshold.parse("0"))
        .minFreeInodes(SpaceThreshold.parse("0"))
        .errorUnlatchDuration(Duration.ZERO);
  }
}
