package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The force of a directory that has failed may have dropped what it was to force: a later one that
 * succeeds proves nothing about that.
 */
class FailedForceTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private FileLayout layout;
  private final FailingOnce disk = new FailingOnce();

  /** Fails one force of a directory, at the end; and refuses what it is told to. */
  private static final class FailingOnce extends ForwardingDisk {
    private final Deque<Path> forced = new ConcurrentLinkedDeque<>();
    private final Deque<Path> made = new ConcurrentLinkedDeque<>();
    private final AtomicReference<@Nullable Path> failing = new AtomicReference<>();
    private final AtomicReference<@Nullable Path> meeting = new AtomicReference<>();
    private volatile Runnable during = () -> {};
    private volatile BiPredicate<Change, Path> refused = (change, path) -> false;
    private final AtomicInteger refusals = new AtomicInteger();

    /** What is done during the force finds that it has begun, and not failed yet. */
    void failForce(Path directory, Runnable during) {
      this.during = during;
      failing.set(directory);
    }

    /** Has something done once when a force has begun; what it throws, that throws. */
    void meetForce(Path directory, Runnable during) {
      this.during = during;
      meeting.set(directory);
    }

    /** Has changes refused that come to nothing therefore. */
    void refuse(BiPredicate<Change, Path> changes) {
      refused = changes;
    }

    void awaitRefusal() {
      long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
      while (refusals.get() == 0) {
        assertThat(System.nanoTime()).as("a refusal").isLessThan(end);
        LockSupport.parkNanos(1_000_000);
      }
    }

    @Override
    void before(Change change, Path path) throws IOException {
      if (refused.test(change, path)) {
        refusals.incrementAndGet();
        throw new AccessDeniedException(path.toString());
      }
      if (change == Change.MAKE_DIRECTORY) {
        made.add(path);
      }
      if (change != Change.FORCE_DIRECTORY) {
        return;
      }
      Path next = failing.get();
      if (path.equals(next) && failing.compareAndSet(next, null)) {
        during.run();
        throw new FileSystemException(path.toString(), null, "Input/output error");
      }
      Path met = meeting.get();
      if (path.equals(met) && meeting.compareAndSet(met, null)) {
        during.run();
      }
      forced.add(path);
    }
  }

  @BeforeEach
  void computeLayout() {
    layout = new FileLayout(dir);
  }

  private FileSpool open() {
    return FileSpool.builder(dir).disk(disk).errorUnlatchDuration(Duration.ZERO).open();
  }

  private Path slotOf(SpoolId id) {
    return layout.directory(FileLayout.slot(id));
  }

  private static void assertUnknown(CompletableFuture<?> write) {
    SpoolException failure = TestSpools.failure(write);
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  /** Stores, and returns when the message has its name. */
  private void storeUntilNamed(
      FileSpool spool, SpoolId id, AtomicReference<CompletableFuture<Void>> result) {
    result.set(spool.store(id, MESSAGE));
    while (!Files.exists(layout.file(id)) && !result.get().isDone()) {
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  void storeThatIsNamedDuringItIsNotAcknowledgedByTheNext() {
    SpoolId first = TestSpools.id();
    SpoolId second = TestSpools.id();
    AtomicReference<CompletableFuture<Void>> result = new AtomicReference<>();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      disk.failForce(slotOf(first), () -> storeUntilNamed(spool, second, result));
      assertUnknown(spool.store(first, MESSAGE));
      assertUnknown(result.get());
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(second, MESSAGE));
    }
  }

  @Test
  void removalIsNotAcknowledgedWhenItIsTriedAgainAndThereIsNothingToRemove() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      disk.failForce(slotOf(id), () -> {});
      assertUnknown(spool.remove(id, Durability.SYNC, null));
      assertUnknown(spool.remove(id, Durability.SYNC, null));
      TestSpools.awaitStores(spool);
      assertUnknown(spool.remove(id, Durability.SYNC, null));
      TestSpools.get(spool.remove(TestSpools.idInAnotherSlot(), Durability.SYNC, null));
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
    }
  }

  @Test
  void storeInASlotWhoseNameMayBeLostIsNotAcknowledgedUntilThatIsProved() {
    SpoolId first = TestSpools.id();
    SpoolId second = TestSpools.id();
    AtomicReference<CompletableFuture<Void>> result = new AtomicReference<>();
    try (FileSpool spool = open()) {
      disk.failForce(layout.data(), () -> storeUntilNamed(spool, second, result));
      assertUnknown(spool.store(first, MESSAGE));
      assertUnknown(result.get());
      TestSpools.awaitStores(spool);
      assertThat(disk.made).as("slots").hasSizeGreaterThan(1).first().isEqualTo(slotOf(first));
      assertThat(disk.forced).contains(layout.data());
      TestSpools.get(spool.store(second, MESSAGE));
    }
  }

  @Test
  void storeIsNotAcknowledgedWhenItIsACompactionThatHasFailedToForceIt() {
    SpoolId first = TestSpools.id();
    SpoolId second = TestSpools.id();
    AtomicReference<CompletableFuture<Void>> result = new AtomicReference<>();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(first, MESSAGE, Durability.BUFFERED, null));
      disk.failForce(slotOf(first), () -> storeUntilNamed(spool, second, result));
      TestSpools.failure(spool.compact());
      assertUnknown(result.get());
      TestSpools.awaitStores(spool);
    }
  }

  /** Its own directory is gone, and cannot be forced any more: the one above can. */
  @Test
  void lossOfADirectoryThatCouldNotBeForcedIsForcedBeforeStoresAreTaken() throws IOException {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      Files.delete(slotOf(id));
      disk.failForce(layout.data(), () -> {});
      assertUnknown(spool.remove(id, Durability.SYNC, null));
      disk.forced.clear();
      TestSpools.awaitStores(spool);
      assertThat(disk.forced).contains(layout.data());
    }
  }

  @Test
  void removalOfWhatIsNotThereIsAcknowledgedThoughItsSlotIsMadeMeanwhile() {
    AtomicReference<CompletableFuture<Void>> result = new AtomicReference<>();
    try (FileSpool spool = open()) {
      storeBuffered(spool, TestSpools.idInAnotherSlot()); // a name to be forced
      disk.meetForce(layout.data(), () -> storeUntilNamed(spool, TestSpools.id(), result));
      TestSpools.get(spool.remove(TestSpools.id(), Durability.SYNC, null));
      TestSpools.get(result.get());
      assertThat(disk.made).as("slots").hasSize(2);
    }
  }

  @Test
  void removalOfWhatIsNotThereIsNotAcknowledgedWhileTheNameOfItsSlotMayBeLost() throws IOException {
    SpoolId id = TestSpools.id();
    FileSpool spool = FileSpool.builder(dir).disk(disk).open();
    TestSpools.get(spool.store(id, MESSAGE));
    TestSpools.get(spool.remove(id));
    Files.delete(slotOf(id));
    storeBuffered(spool, TestSpools.id()); // makes it again
    disk.failForce(layout.data(), () -> {});
    assertUnknown(spool.remove(TestSpools.idInAnotherSlot(), Durability.SYNC, null));
    assertUnknown(spool.remove(id, Durability.SYNC, null));
    assertThat(disk.forced).as("behind the failure").endsWith(slotOf(id), layout.data());
    CompletableFuture<Void> unused = spool.shutdown().exceptionally(e -> null);
    assertThat(unused).succeedsWithin(Duration.ofMinutes(1));
  }

  @Test
  void quarantineIsDoneThoughTheSlotIsMadeAgainMeanwhile(@TempDir Path aside) throws IOException {
    SpoolId id = TestSpools.id();
    AtomicReference<CompletableFuture<Void>> result = new AtomicReference<>();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      Files.write(layout.file(id), MESSAGE); // without its trailer
      storeBuffered(spool, TestSpools.idInAnotherSlot()); // a name to be forced
      disk.meetForce(
          layout.data(),
          () -> {
            assertThat(slotOf(id).toFile().delete()).isTrue();
            storeUntilNamed(spool, TestSpools.id(), result);
          });
      TestSpools.get(spool.quarantine(id, aside));
      TestSpools.get(result.get());
      assertThat(disk.made).as("slots").hasSize(3);
    }
  }

  /** Whether it has forced anything is not known, and no later one tells. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void forceThatIsCutShortForWantOfMemoryIsAFailedOne(boolean ofAllSlots) {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      if (!ofAllSlots) {
        TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      }
      disk.meetForce(ofAllSlots ? layout.data() : slotOf(id), FailedForceTest::outOfMemory);
      assertUnknown(spool.store(id, MESSAGE));
      assertLatched(spool);
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(id, MESSAGE));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void forceOfACompactionThatIsCutShortIsAFailedOne(boolean ofAllSlots) {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      storeBuffered(spool, id);
      disk.meetForce(ofAllSlots ? layout.data() : slotOf(id), FailedForceTest::outOfMemory);
      TestSpools.failure(spool.compact());
      assertLatched(spool);
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(id, MESSAGE));
    }
  }

  @Test
  void forceOfAQuarantineThatIsCutShortIsAFailedOne(@TempDir Path aside) throws IOException {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      Files.write(layout.file(id), MESSAGE); // without its trailer
      disk.meetForce(slotOf(id), FailedForceTest::outOfMemory);
      assertUnknown(spool.quarantine(id, aside));
      assertLatched(spool);
      TestSpools.awaitStores(spool);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void compactionAndShutdownDoNotBelieveTheForceBehindOneThatHasFailed(boolean ofAllSlots) {
    SpoolId id = TestSpools.id();
    FileSpool spool = FileSpool.builder(dir).disk(disk).open();
    storeBuffered(spool, id);
    failCompaction(spool, ofAllSlots ? layout.data() : slotOf(id));
    assertUnknown(spool.compact());
    assertUnknown(spool.shutdown());
  }

  /** It leaves nothing to be written: the force behind it succeeds whatever was lost. */
  @Test
  void compactionAndShutdownDoNotBelieveTheForceBehindARemovalOfWhatIsNotThere() {
    SpoolId id = TestSpools.id();
    FileSpool spool = FileSpool.builder(dir).disk(disk).open();
    storeBuffered(spool, id);
    failCompaction(spool, slotOf(id));
    TestSpools.get(spool.remove(TestSpools.id()));
    assertUnknown(spool.compact());
    assertUnknown(spool.shutdown());
  }

  /** Nor does that. */
  @Test
  void compactionAndShutdownDoNotBelieveTheForceBehindANameThatWasRefused() {
    SpoolId id = TestSpools.id();
    FileSpool spool = open();
    storeBuffered(spool, id);
    Path probe = layout.probe(FileLayout.slot(id));
    disk.refuse((change, path) -> path.equals(probe));
    failCompaction(spool, slotOf(id));
    disk.awaitRefusal();
    assertUnknown(spool.compact());
    assertUnknown(spool.shutdown());
  }

  /** Nor does that; so the name of a slot may be lost, with all that was changed in it. */
  @Test
  void nothingIsAcknowledgedInASlotWhoseNameMayBeLostBehindADirectoryThatWasRefused() {
    SpoolId id = TestSpools.id();
    FileSpool spool = open();
    storeBuffered(spool, id);
    disk.refuse((change, path) -> change == ForwardingDisk.Change.MAKE_DIRECTORY);
    failCompaction(spool, layout.data());
    disk.awaitRefusal();
    assertUnknown(spool.remove(id, Durability.SYNC, null));
    assertUnknown(spool.compact());
    assertUnknown(spool.shutdown());
  }

  @Test
  void compactionBelievesTheForceBehindARemovalThatWasMade() {
    SpoolId id = TestSpools.id();
    SpoolId removed = TestSpools.id();
    try (FileSpool spool = FileSpool.builder(dir).disk(disk).open()) {
      storeBuffered(spool, id);
      storeBuffered(spool, removed);
      failCompaction(spool, slotOf(id));
      TestSpools.get(spool.remove(removed));
      TestSpools.get(spool.remove(TestSpools.id()));
      TestSpools.get(spool.compact());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void compactionSucceedsWhenItIsProvedThatTheStorageWorks(boolean ofAllSlots) {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      storeBuffered(spool, id);
      failCompaction(spool, ofAllSlots ? layout.data() : slotOf(id));
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.compact());
    }
  }

  /** More than are remembered one by one. */
  @Test
  void compactionSucceedsWhenTheStorageWorksAgainHoweverManyDirectoriesHadFailed() {
    AtomicBoolean failing = new AtomicBoolean();
    ForwardingDisk broken =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.FORCE_DIRECTORY
                && layout.data().equals(path.getParent())
                && failing.get()) {
              throw new FileSystemException(path.toString(), null, "Input/output error");
            }
          }
        };
    try (FileSpool spool =
        FileSpool.builder(dir).disk(broken).errorUnlatchDuration(Duration.ZERO).open()) {
      for (int i = 0; i < 40; i++) {
        storeBuffered(spool, TestSpools.idInAnotherSlot());
      }
      failing.set(true);
      TestSpools.failure(spool.compact());
      failing.set(false);
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.compact());
    }
  }

  @Test
  void compactionSucceedsWhenADirectoryThatCouldNotBeForcedIsRemoved() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      storeBuffered(spool, id);
      disk.failForce(slotOf(id), () -> removeDirectoryOf(id));
      TestSpools.failure(spool.compact());
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.compact());
    }
  }

  /** Nothing is in doubt in the directory that is made again, whatever was in the old one. */
  @Test
  void compactionSucceedsWhenNoNameIsGivenInADirectoryThatIsMadeAgain() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = open()) {
      storeBuffered(spool, id);
      disk.failForce(slotOf(id), () -> removeDirectoryOf(id));
      TestSpools.failure(spool.compact());
      TestSpools.awaitStores(spool);
      disk.refuse((change, path) -> path.equals(layout.file(id)) && Files.exists(slotOf(id)));
      TestSpools.failure(spool.store(id, MESSAGE));
      assertThat(slotOf(id)).exists();
      TestSpools.get(spool.compact());
    }
  }

  private void failCompaction(FileSpool spool, Path directory) {
    disk.failForce(directory, () -> {});
    TestSpools.failure(spool.compact());
  }

  private void removeDirectoryOf(SpoolId id) {
    assertThat(layout.file(id).toFile().delete()).isTrue();
    assertThat(slotOf(id).toFile().delete()).isTrue();
  }

  /** Lacks memory when it is asked for its reason for the nth time. */
  private static final class Untold extends FileSystemException {
    private static final long serialVersionUID = 1;
    private int left;

    Untold(int nth) {
      super("somewhere", null, "Input/output error");
      left = nth;
    }

    @Override
    public String getReason() {
      if (--left == 0) {
        outOfMemory();
      }
      return super.getReason();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ForwardingDisk.Change.class,
      names = {"CREATE", "WRITE", "FORCE", "RENAME", "DELETE", "MAKE_DIRECTORY", "FORCE_DIRECTORY"})
  void failureIsToldWhereverMemoryIsShort(ForwardingDisk.Change change) {
    int nth = 0;
    Untold failure;
    do {
      failure = new Untold(++nth);
      failWith(change, failure, false);
    } while (failure.left <= 0);
    assertThat(nth).as("times that it was asked").isGreaterThan(1);
  }

  @Test
  void failureToForceTheNamesOfSlotsIsToldWhereverMemoryIsShort() {
    int nth = 0;
    Untold failure;
    do {
      failure = new Untold(++nth);
      failWith(ForwardingDisk.Change.FORCE_DIRECTORY, failure, true);
    } while (failure.left <= 0);
    assertThat(nth).as("times that it was asked").isGreaterThan(1);
  }

  private void failWith(ForwardingDisk.Change change, Untold failure, boolean ofAllSlots) {
    AtomicBoolean on = new AtomicBoolean();
    ForwardingDisk failing =
        new ForwardingDisk() {
          @Override
          void before(Change it, Path path) throws IOException {
            if (it == change
                && path.equals(layout.data()) == ofAllSlots
                && on.compareAndSet(true, false)) {
              throw failure;
            }
          }
        };
    SpoolId id = TestSpools.id();
    try (FileSpool spool =
        FileSpool.builder(dir).disk(failing).errorUnlatchDuration(Duration.ZERO).open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      on.set(true);
      TestSpools.failure(
          change == ForwardingDisk.Change.DELETE
              ? spool.remove(id)
              : spool.store(TestSpools.idInAnotherSlot(), MESSAGE));
      assertLatched(spool);
      TestSpools.awaitStores(spool);
    }
  }

  private static void outOfMemory() {
    throw new OutOfMemoryError("test");
  }

  private static void storeBuffered(FileSpool spool, SpoolId id) {
    TestSpools.get(spool.store(id, MESSAGE, Durability.BUFFERED, null));
  }

  /** It may be over already. */
  private static void assertLatched(FileSpool spool) {
    assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
  }
}
