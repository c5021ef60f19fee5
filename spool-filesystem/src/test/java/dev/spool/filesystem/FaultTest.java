package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers, health and the directory look like after the operating system has failed. */
class FaultTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};

  @TempDir Path dir;
  private final Failing disk = new Failing();

  /** Fails the calls of one kind on some paths, with one error. */
  private static final class Failing extends ForwardingDisk {
    private static final long PLENTY = 1L << 40;

    private volatile @Nullable Change failing;
    private volatile Predicate<Path> where = path -> false;
    private volatile String error = "";
    private volatile Predicate<Path> unreadable = path -> false;
    private final AtomicInteger failures = new AtomicInteger();
    private volatile long free = PLENTY;

    void fail(Change change, String error, Predicate<Path> where) {
      this.error = error;
      this.where = where;
      failing = change;
    }

    void failReading(String error, Predicate<Path> where) {
      this.error = error;
      unreadable = where;
    }

    void heal() {
      failing = null;
      unreadable = path -> false;
    }

    @Override
    void before(Change change, Path path) throws IOException {
      if (change == failing && where.test(path)) {
        failures.incrementAndGet();
        throw new FileSystemException(path.toString(), null, error);
      }
    }

    @Override
    void beforeReading(Path path) throws IOException {
      if (unreadable.test(path)) {
        throw new FileSystemException(path.toString(), null, error);
      }
    }

    @Override
    public DiskSpace space(Path path) {
      return new DiskSpace(PLENTY, free, 0, 0);
    }

    @Override
    public void list(Path directory, DirectoryVisitor visitor) throws IOException {
      beforeReading(directory);
      super.list(directory, visitor);
    }
  }

  private static Predicate<Path> under(String name) {
    return path -> path.toString().contains("/" + name);
  }

  @Test
  void failedForceOfAFileIsUnknownAndFinal() throws IOException {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      disk.fail(ForwardingDisk.Change.FORCE, "Input/output error", under("tmp"));
      SpoolException failure = TestSpools.failure(spool.store(id, NEW));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(disk.failures).hasValue(1);
      assertShedding(spool);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
      assertThat(temporaries()).isZero();
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
    }
  }

  @Test
  void failedForceOfADirectoryIsUnknownForTheWholeGroup() {
    FileSpool spool = TestSpools.open(dir, disk);
    SpoolId old = TestSpools.id();
    SpoolId replaced = TestSpools.id();
    TestSpools.get(spool.store(old, OLD));
    TestSpools.get(spool.store(replaced, OLD));
    disk.fail(ForwardingDisk.Change.FORCE_DIRECTORY, "Input/output error", under("data"));
    SpoolException failure = TestSpools.failure(spool.store(replaced, NEW));
    assertThat(failure).isInstanceOf(SpoolIOException.class);
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertShedding(spool);
    SpoolException removal = TestSpools.failure(spool.remove(old, Durability.SYNC, null));
    assertThat(removal.outcome()).isEqualTo(Outcome.UNKNOWN);
    disk.heal();
    assertThat(TestSpools.failure(spool.shutdown()).outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void failedForceOfANewSlotsNameIsUnknown() {
    FileSpool spool = TestSpools.open(dir, disk);
    disk.fail(ForwardingDisk.Change.FORCE_DIRECTORY, "Input/output error", p -> p.endsWith("data"));
    SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), NEW));
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertShedding(spool);
    disk.heal();
    assertThat(TestSpools.failure(spool.shutdown()).outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  /** Somebody else in the process, or on the machine, has taken all descriptors for a moment. */
  @ParameterizedTest
  @ValueSource(strings = {"Too many open files", "Too many open files in system"})
  void tooManyOpenFilesFailsACallAndNotTheSpool(String error) {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, OLD));
      disk.fail(ForwardingDisk.Change.CREATE, error, under("tmp/"));
      disk.failReading(error, under("data/"));
      SpoolException failure = TestSpools.failure(spool.store(id, NEW));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
      assertThat(spool.unhealthyReason()).isNull();
      disk.heal();
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
      TestSpools.get(spool.store(id, NEW));
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(NEW);
    }
  }

  /** As the kernel makes it after an error of the device. */
  @Test
  void fileSystemThatBecomesReadOnlyEndsItsHealthAndSaysWhy() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, OLD));
      disk.fail(ForwardingDisk.Change.CREATE, "Read-only file system", under("tmp/"));
      SpoolException failure = TestSpools.failure(spool.store(id, NEW));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(spool.health().reason()).contains("Read-only file system");
      assertShedding(spool);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      disk.heal();
    }
  }

  @Test
  void failedWriteIsNotApplied() throws IOException {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      disk.fail(ForwardingDisk.Change.WRITE, "Input/output error", under("tmp"));
      SpoolException failure = TestSpools.failure(spool.store(id, NEW));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
      assertThat(temporaries()).isZero();
      assertShedding(spool);
    }
  }

  @Test
  void fullDiskRefusesStoresAndTakesRemovals() throws IOException {
    for (ForwardingDisk.Change change :
        new ForwardingDisk.Change[] {
          ForwardingDisk.Change.CREATE,
          ForwardingDisk.Change.WRITE,
          ForwardingDisk.Change.RENAME,
          ForwardingDisk.Change.MAKE_DIRECTORY
        }) {
      Path spoolDir = dir.resolve(change.name());
      try (FileSpool spool = TestSpools.open(spoolDir, disk)) {
        SpoolId kept = TestSpools.id();
        TestSpools.get(spool.store(kept, OLD));
        disk.fail(change, "No space left on device", path -> true);
        SpoolId refused = TestSpools.idInAnotherSlot();
        SpoolException failure = TestSpools.failure(spool.store(refused, NEW));
        assertThat(failure).as("full at %s", change).isInstanceOf(SpoolFullException.class);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
        assertThat(TestSpools.failure(spool.load(refused)))
            .isInstanceOf(MessageNotFoundException.class);
        assertThat(TestSpools.get(spool.load(kept))).isEqualTo(OLD);
        TestSpools.get(spool.remove(kept, Durability.SYNC, null));
        disk.heal();
      }
      try (Stream<Path> left = Files.list(spoolDir.resolve("tmp"))) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  void halfWrittenFileIsNotApplied() throws IOException {
    FaultyDisk full = new FaultyDisk(Disk.system());
    try (FileSpool spool = TestSpools.open(dir, full)) {
      SpoolId id = TestSpools.id();
      full.tearNextWrite(new IOException("No space left on device"));
      SpoolException failure = TestSpools.failure(spool.store(id, new byte[1_000_000]));
      assertThat(failure).isInstanceOf(SpoolFullException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(temporaries()).isZero();
      assertThat(TestSpools.enumerate(spool)).isEmpty();
    }
  }

  /** Delayed allocation finds out late; what was written may be gone then. */
  @Test
  void fullDiskAtTheForceIsUnknown() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      disk.fail(ForwardingDisk.Change.FORCE, "No space left on device", under("tmp"));
      SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), NEW));
      assertThat(failure).isInstanceOf(SpoolFullException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertShedding(spool);
    }
  }

  @Test
  void failedRemovalLeavesTheMessage() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      disk.fail(ForwardingDisk.Change.DELETE, "Permission denied", under("data"));
      SpoolException failure = TestSpools.failure(spool.remove(id));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
    }
  }

  @Test
  void unreadableNowIsNeitherDamagedNorAbsent() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      for (String error :
          new String[] {"Too many open files", "Permission denied", "Input/output error"}) {
        disk.failReading(error, under("data"));
        assertThat(TestSpools.failure(spool.load(id)))
            .as(error)
            .isInstanceOf(SpoolIOException.class);
        disk.heal();
        assertThat(TestSpools.get(spool.load(id))).isEqualTo(OLD);
      }
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    }
  }

  @Test
  void scanThatCannotReadEverythingFails() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      for (Predicate<Path> where :
          List.<Predicate<Path>>of(
              path -> path.endsWith("data"),
              path -> path.equals(new FileLayout(dir).file(id).getParent()),
              path -> path.endsWith(id.toString()))) {
        disk.failReading("Too many open files", where);
        EntryChannel channel = EntryChannel.bounded(4, 1000);
        assertThat(TestSpools.failure(spool.enumerate(channel)))
            .isInstanceOf(SpoolIOException.class);
        disk.heal();
      }
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
    }
  }

  @Test
  void shutdownSaysWhatItCouldNotSync() {
    FileSpool spool = TestSpools.open(dir, disk);
    SpoolId id = TestSpools.id();
    TestSpools.get(spool.store(id, OLD, Durability.BUFFERED, null));
    disk.fail(ForwardingDisk.Change.FORCE, "Input/output error", under("data"));
    SpoolException failure = TestSpools.failure(spool.shutdown());
    assertThat(failure).isInstanceOf(SpoolIOException.class);
    assertThat(failure.detail()).contains(id.toString());
    disk.heal();
    TestSpools.open(dir, disk).close();
  }

  /** It would close the file that is to be forced next. */
  @Test
  void interruptOfAShutdownThatWaitsLosesNothing() {
    Gate forces = new Gate();
    ForwardingDisk held =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) {
            if (change == Change.FORCE_DIRECTORY) {
              forces.pass();
            }
          }
        };
    List<SpoolId> ids = Stream.generate(TestSpools::id).limit(65).toList();
    FileSpool spool = FileSpool.builder(dir).disk(held).recycling(true).open();
    ids.forEach(id -> TestSpools.get(spool.store(id, OLD, Durability.BUFFERED, null)));
    forces.shut();
    // So many that a force is made behind the last, for which no call waits.
    ids.stream().skip(1).forEach(id -> TestSpools.get(spool.remove(id)));
    forces.awaitHeld();
    CompletableFuture<Void> shutdown = spool.shutdown();
    Thread waiting = threadInStop();
    while (waiting == null) {
      waiting = threadInStop();
    }
    waiting.interrupt();
    forces.open();
    TestSpools.get(shutdown);
  }

  private @Nullable Thread threadInStop() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().contains(String.valueOf(dir.getFileName())))
        .filter(
            thread ->
                Stream.of(thread.getValue())
                    .anyMatch(
                        frame ->
                            frame.getClassName().equals(Committer.class.getName())
                                && frame.getMethodName().equals("stop")))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  @Test
  void bufferedMessageThatCannotBeSyncedIsNamedAndCounted() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD, Durability.BUFFERED, null));
      disk.fail(ForwardingDisk.Change.FORCE, "Input/output error", under("data"));
      assertThat(TestSpools.failure(spool.compact()).detail()).contains(id.toString());
      assertThat(spool.stats().value("buffered.at.risk")).hasValue(1);
      disk.heal();
    }
  }

  /** What cannot be opened now is not tried for ever. */
  @Test
  void bufferedMessageThatCannotBeOpenedIsNamedAndKept() {
    ForwardingDisk closed =
        new ForwardingDisk() {
          @Override
          public DiskFile openWrite(Path file) throws IOException {
            if (file.toString().contains("/data/")) {
              throw new FileSystemException(file.toString(), null, "Too many open files");
            }
            return super.openWrite(file);
          }
        };
    SpoolId id = TestSpools.id();
    FileSpool spool = TestSpools.open(dir, closed);
    TestSpools.get(spool.store(id, OLD, Durability.BUFFERED, null));
    SpoolException failure = TestSpools.failure(spool.compact());
    assertThat(failure).isInstanceOf(SpoolIOException.class);
    assertThat(failure.detail()).contains(id.toString());
    assertThat(spool.stats().value("buffered.files")).hasValue(1);
    assertThat(TestSpools.failure(spool.shutdown())).isInstanceOf(SpoolIOException.class);
    try (FileSpool again = TestSpools.open(dir, disk)) {
      assertThat(TestSpools.get(again.load(id))).isEqualTo(OLD);
    }
  }

  /** Else stores would be taken, fail, and be refused again, as long as that lasts. */
  @ParameterizedTest
  @EnumSource(
      value = ForwardingDisk.Change.class,
      names = {"RENAME", "DELETE", "MAKE_DIRECTORY"})
  void nothingRecoversWhileTheNamesOfMessagesCannotBeChanged(ForwardingDisk.Change change)
      throws IOException {
    try (FileSpool spool =
        FileSpool.builder(dir).disk(disk).errorUnlatchDuration(Duration.ZERO).open()) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      disk.fail(change, "Input/output error", under("data/"));
      SpoolException failure =
          TestSpools.failure(
              change == ForwardingDisk.Change.DELETE
                  ? spool.remove(id)
                  : spool.store(
                      change == ForwardingDisk.Change.RENAME
                          ? TestSpools.id()
                          : TestSpools.idInAnotherSlot(),
                      NEW));
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      while (spool.stats().value("health.probes.failed").orElse(0) < 2) {
        assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
        LockSupport.parkNanos(1_000_000);
      }
      disk.heal();
      TestSpools.awaitStores(spool);
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      Files.createFile(new FileLayout(dir).probe(FileLayout.slot(id)));
      assertThat(TestSpools.enumerate(spool)).as("what a kill may leave").hasSize(1);
    }
  }

  /** It says nothing about stores, and nobody may ever mend it. */
  @Test
  void messageThatMayNotBeReadKeepsNoSpoolFromTakingStoresAgain() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, OLD));
      disk.failReading("Permission denied", path -> path.equals(new FileLayout(dir).file(id)));
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
      disk.free = 0;
      while (spool.unhealthyReason() == null) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(TestSpools.failure(spool.store(id, NEW))).isInstanceOf(SpoolFullException.class);
      disk.free = Failing.PLENTY;
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(id, NEW));
    }
  }

  /** The probe repeats what had failed: while that fails still, nothing recovers. */
  @Test
  void placesThatHaveFailedAreTriedAgainUntilAllOfThemWork() throws IOException {
    FailedPlaces places = new FailedPlaces(disk);
    Path file = Files.write(dir.resolve("file"), new byte[100_000]);
    Path gone = dir.resolve("gone");
    places.add(file);
    places.add(gone);
    places.add(dir);
    disk.failReading("Input/output error", path -> path.equals(file));
    assertThatThrownBy(() -> places.repeat(disk::forceDirectory)).isInstanceOf(IOException.class);
    disk.heal();
    disk.fail(ForwardingDisk.Change.FORCE_DIRECTORY, "Input/output error", dir::equals);
    assertThatThrownBy(() -> places.repeat(disk::forceDirectory)).isInstanceOf(IOException.class);
    disk.heal();
    places.repeat(disk::forceDirectory);
    disk.failReading("Input/output error", path -> true);
    places.repeat(disk::forceDirectory);
  }

  private static void assertShedding(FileSpool spool) {
    assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
    SpoolException refused = TestSpools.failure(spool.store(TestSpools.id(), NEW));
    assertThat(refused).isInstanceOf(SpoolUnhealthyException.class);
    assertThat(refused.outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }

  private long temporaries() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve("tmp"))) {
      return files.count();
    }
  }
}
