package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The force of a directory that has failed may have dropped what it was to force: a later one that
 * succeeds proves nothing about that.
 */
class FailedForceTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private FileLayout layout;
  private final FailingOnce disk = new FailingOnce();

  /** Fails one force of a directory, at the end. */
  private static final class FailingOnce extends ForwardingDisk {
    private final Deque<Path> forced = new ConcurrentLinkedDeque<>();
    private final Deque<Path> made = new ConcurrentLinkedDeque<>();
    private final AtomicReference<@Nullable Path> failing = new AtomicReference<>();
    private volatile Runnable during = () -> {};

    /** What is done during the force finds that it has begun, and not failed yet. */
    void failForce(Path directory, Runnable during) {
      this.during = during;
      failing.set(directory);
    }

    @Override
    void before(Change change, Path path) throws IOException {
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

  private static void assertUnknown(CompletableFuture<Void> write) {
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
}
