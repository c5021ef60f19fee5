package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which calls of the operating system a write makes, and in which order. */
class DiskOrderTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private final Recorder disk = new Recorder();
  private FileLayout layout;

  @BeforeEach
  void computeLayout() {
    layout = new FileLayout(dir.toAbsolutePath());
  }

  /** Notes what is changed: the call, and whether it is a temporary file or what else. */
  private class Recorder extends ForwardingDisk {
    final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    final Gate names = new Gate();
    final Gate forces = new Gate();

    @Override
    void before(Change change, Path path) {
      if (change == Change.RENAME) {
        names.pass();
      } else if (change == Change.FORCE_DIRECTORY) {
        forces.pass();
      }
      if (path.startsWith(layout.temporaries())) {
        calls.add(change + " temporary");
      } else if (path.startsWith(layout.data())) {
        calls.add(change + " " + layout.root().relativize(path));
      }
    }

    List<String> take() {
      synchronized (calls) {
        List<String> taken = List.copyOf(calls);
        calls.clear();
        return taken;
      }
    }
  }

  @Test
  void syncedStoreIsAcknowledgedWhenEverythingIsForced() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      disk.take();
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(disk.take())
          .containsExactly(
              "CREATE temporary",
              "WRITE temporary",
              "FORCE temporary",
              "MAKE_DIRECTORY " + slot(id),
              "RENAME " + slot(id) + "/" + id,
              "FORCE_DIRECTORY " + slot(id),
              "FORCE_DIRECTORY data");
      SpoolId next = TestSpools.id();
      TestSpools.get(spool.store(next, MESSAGE));
      assertThat(disk.take())
          .containsExactly(
              "CREATE temporary",
              "WRITE temporary",
              "FORCE temporary",
              "RENAME " + slot(next) + "/" + next,
              "FORCE_DIRECTORY " + slot(next));
    }
  }

  /** As one does whose mode cannot be set, for want of a descriptor. */
  @Test
  void nameOfASlotIsForcedAlsoIfItsMakingSeemedToFail() {
    Recorder halfway =
        new Recorder() {
          @Override
          public boolean createDirectory(Path directory) throws IOException {
            boolean made = super.createDirectory(directory);
            if (made && directory.startsWith(layout.data())) {
              throw new FileSystemException(directory.toString(), null, "Too many open files");
            }
            return made;
          }
        };
    try (FileSpool spool = TestSpools.open(dir, halfway)) {
      SpoolId id = TestSpools.id();
      assertThat(TestSpools.failure(spool.store(id, MESSAGE)).outcome())
          .isEqualTo(Outcome.NOT_APPLIED);
      halfway.take();
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(halfway.take()).contains("FORCE_DIRECTORY data");
    }
  }

  /** A process that died may have made a directory without forcing its name. */
  @Test
  void slotsThatAreFoundAreForcedBeforeTheFirstCall() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
    }
    disk.take();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      assertThat(disk.take()).contains("FORCE_DIRECTORY data");
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(disk.take()).doesNotContain("MAKE_DIRECTORY " + slot(id));
    }
  }

  @Test
  void bufferedStoreForcesNothing() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      disk.take();
      TestSpools.get(spool.store(id, MESSAGE, Durability.BUFFERED, null));
      assertThat(disk.take())
          .containsExactly(
              "CREATE temporary",
              "WRITE temporary",
              "MAKE_DIRECTORY " + slot(id),
              "RENAME " + slot(id) + "/" + id);
    }
  }

  /** The old value must not be lost to a name that is durable before its contents are. */
  @Test
  void bufferedReplacementForcesTheFileBeforeItTakesTheName() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      disk.take();
      TestSpools.get(spool.store(id, MESSAGE, Durability.BUFFERED, null));
      assertThat(disk.take())
          .containsExactly(
              "CREATE temporary",
              "WRITE temporary",
              "FORCE temporary",
              "RENAME " + slot(id) + "/" + id);
    }
  }

  /** Also where the value that it replaces has not got its name yet. */
  @Test
  void bufferedReplacementOfAStoreUnderWayForcesTheFileFirst() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      disk.names.shut();
      CompletableFuture<Void> first = spool.store(id, MESSAGE);
      disk.names.awaitHeld();
      CompletableFuture<Void> second = spool.store(id, MESSAGE, Durability.BUFFERED, null);
      disk.names.open();
      TestSpools.get(first);
      TestSpools.get(second);
      assertThat(disk.take().stream().filter("FORCE temporary"::equals)).hasSize(2);
    }
  }

  @Test
  void syncedRemovalForcesTheDirectory() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      disk.take();
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      assertThat(disk.take())
          .containsExactly("DELETE " + slot(id) + "/" + id, "FORCE_DIRECTORY " + slot(id));
    }
  }

  @Test
  void bufferedRemovalForcesNothing() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      disk.take();
      TestSpools.get(spool.remove(id));
      assertThat(disk.take()).containsExactly("DELETE " + slot(id) + "/" + id);
    }
  }

  /** What is absent may have been removed without a force, or by a process that died. */
  @Test
  void syncedRemovalOfWhatIsAbsentForcesTheDirectory() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      disk.take();
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      assertThat(disk.take()).contains("FORCE_DIRECTORY " + slot(id));
    }
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      disk.take();
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      assertThat(disk.take()).contains("FORCE_DIRECTORY " + slot(id));
    }
  }

  @Test
  void storesUnderWayShareTheForceOfADirectory() {
    int stores = 100;
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId first = TestSpools.id();
      TestSpools.get(spool.store(first, MESSAGE));
      disk.take();
      disk.forces.shut();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      all.add(spool.store(TestSpools.id(), MESSAGE));
      disk.forces.awaitHeld();
      for (int i = 1; i < stores; i++) {
        all.add(spool.store(TestSpools.id(), MESSAGE));
      }
      // While one thread forces, the others go on, and leave their stores to it.
      while (renames() < stores) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(all).noneMatch(CompletableFuture::isDone);
      disk.forces.open();
      all.forEach(TestSpools::get);
      int forces = Collections.frequency(disk.take(), "FORCE_DIRECTORY " + slot(first));
      assertThat(forces).isBetween(2, stores / 4);
    }
  }

  /** One that goes on forcing for stores, as long as they come. */
  @Test
  void removalsAreCarriedOutBetweenForcesOfTheThreadThatOwnsThem() {
    SpoolId first = TestSpools.id();
    SpoolId stored = TestSpools.id();
    SpoolId second = TestSpools.id();
    List<CompletableFuture<Void>> all = Collections.synchronizedList(new ArrayList<>());
    List<FileSpool> spools = new ArrayList<>();
    List<Boolean> left = Collections.synchronizedList(new ArrayList<>());
    ForwardingDisk watched =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) {
            if (change != Change.FORCE_DIRECTORY || !path.endsWith(slotName(first))) {
              return;
            }
            if (!spools.isEmpty() && !isCommitting(Thread.currentThread().getStackTrace())) {
              // The removal's own force: a store and another removal come meanwhile.
              FileSpool spool = spools.remove(0);
              all.add(spool.store(stored, MESSAGE));
              while (!Files.exists(layout.file(stored))) {
                LockSupport.parkNanos(100_000);
              }
              all.add(spool.remove(second));
            } else if (!all.isEmpty()) {
              left.add(Files.exists(layout.file(second)));
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, watched)) {
      TestSpools.get(spool.store(first, MESSAGE));
      TestSpools.get(spool.store(second, MESSAGE));
      spools.add(spool);
      while (!spools.isEmpty()) { // a thread that has stored may force for the removal, too
        TestSpools.get(spool.store(first, MESSAGE));
        TestSpools.get(spool.remove(first, Durability.SYNC, null));
      }
      while (all.size() < 2) {
        LockSupport.parkNanos(100_000);
      }
      List.copyOf(all).forEach(TestSpools::get); // without its lock, which the next force takes
      assertThat(left).as("at the next force").startsWith(false);
    }
  }

  /** Whether it is the stack of a thread that has stored, in the committer. */
  private static boolean isCommitting(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .anyMatch(
            frame ->
                frame.getClassName().equals(Committer.class.getName())
                    && frame.getMethodName().equals("commit"));
  }

  private String slotName(SpoolId id) {
    return String.valueOf(layout.directory(FileLayout.slot(id)).getFileName());
  }

  private long renames() {
    return List.copyOf(disk.calls).stream().filter(call -> call.startsWith("RENAME ")).count();
  }

  @Test
  void shutdownForcesWhatIsBuffered() {
    SpoolId kept = TestSpools.id();
    SpoolId removed = TestSpools.idInAnotherSlot();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(kept, MESSAGE, Durability.BUFFERED, null));
      TestSpools.get(spool.store(removed, MESSAGE, Durability.BUFFERED, null));
      TestSpools.get(spool.remove(removed));
      disk.take();
    }
    assertThat(disk.take())
        .contains(
            "FORCE " + slot(kept) + "/" + kept,
            "FORCE_DIRECTORY data",
            "FORCE_DIRECTORY " + slot(kept),
            "FORCE_DIRECTORY " + slot(removed))
        .doesNotContain("FORCE " + slot(removed) + "/" + removed);
  }

  @Test
  void compactionForcesWhatIsBuffered() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE, Durability.BUFFERED, null));
      disk.take();
      TestSpools.get(spool.compact());
      assertThat(disk.take())
          .containsExactly(
              "FORCE " + slot(id) + "/" + id,
              "FORCE_DIRECTORY " + slot(id),
              "FORCE_DIRECTORY data");
    }
  }

  /** What was buffered before a store's force began is durable when that has ended, not before. */
  @Test
  void compactionWaitsForTheForceThatIsUnderWay() {
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE)); // so that the slot's name is forced
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE, Durability.BUFFERED, null));
      disk.forces.shut();
      CompletableFuture<Void> store = spool.store(TestSpools.id(), MESSAGE);
      disk.forces.awaitHeld();
      CompletableFuture<?> compaction = spool.compact();
      while (!compaction.isDone() && !isBlockedForcing()) {
        LockSupport.parkNanos(100_000);
      }
      assertThat(compaction).isNotDone();
      disk.forces.open();
      TestSpools.get(compaction);
      TestSpools.get(store);
    }
  }

  private boolean isBlockedForcing() {
    return Thread.getAllStackTraces().entrySet().stream()
        .anyMatch(
            thread ->
                thread.getKey().getName().contains(String.valueOf(dir.getFileName()))
                    && thread.getKey().getState() == Thread.State.BLOCKED
                    && Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("compact"))
                    && Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("force")));
  }

  @Test
  void readOnlySpoolChangesNothing() {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
      disk.take();
      try (FileSpool reader = FileSpool.builder(dir).disk(disk).readOnly(true).open()) {
        assertThat(TestSpools.get(reader.load(id))).isEqualTo(MESSAGE);
        assertThat(TestSpools.enumerate(reader)).hasSize(1);
        TestSpools.get(reader.adviseLowMemory());
      }
      assertThat(disk.take()).isEmpty();
    }
  }

  private String slot(SpoolId id) {
    return layout.root().relativize(layout.directory(FileLayout.slot(id))).toString();
  }
}
