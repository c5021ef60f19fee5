package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.DiskDirectory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a live spool makes of directories that somebody else removes at the worst moments. */
class RemovedDirectoriesTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private FileLayout layout;

  @BeforeEach
  void computeLayout() {
    layout = new FileLayout(dir);
  }

  /** What is not there any more when it should be forced is not acknowledged. */
  @Test
  void storeWhoseDirectoryIsRemovedBeforeItIsForcedIsNotAcknowledged() {
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.FORCE_DIRECTORY && path.equals(slot)) {
              Files.delete(layout.file(id));
              Files.delete(slot);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolException failure = TestSpools.failure(spool.store(id, MESSAGE));
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    }
  }

  /** What was removed by a call is not lost with the directory: its store was what it should be. */
  @Test
  void storeWhoseMessageWasRemovedBeforeItsDirectoryWasIsAcknowledged() {
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    List<Path> forced = new ArrayList<>();
    List<FileSpool> spools = new ArrayList<>();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.FORCE_DIRECTORY && path.equals(slot) && !spools.isEmpty()) {
              TestSpools.get(spools.remove(0).remove(id));
              Files.delete(slot);
            } else if (change == Change.FORCE_DIRECTORY) {
              forced.add(path);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      spools.add(spool);
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(forced).as("so that no older value comes back").endsWith(layout.data());
      assertThat(TestSpools.enumerate(spool)).isEmpty();
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  /**
   * The removed message is in the removed directory, and comes back with it after a power cut,
   * until the directory above is forced.
   */
  @Test
  void lossOfADirectoryIsForcedAlsoWhenItCouldNotBeMadeAgain() throws IOException {
    List<Path> forced = new ArrayList<>();
    boolean[] full = new boolean[1];
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.FORCE_DIRECTORY) {
              forced.add(path);
            } else if (change == Change.MAKE_DIRECTORY && full[0]) {
              throw new FileSystemException(path.toString(), null, "No space left on device");
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      Files.delete(layout.file(id).getParent());
      full[0] = true;
      assertThat(TestSpools.failure(spool.store(id, MESSAGE)).outcome())
          .isEqualTo(Outcome.NOT_APPLIED);
      forced.clear();
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      assertThat(forced).contains(layout.data());
      full[0] = false;
    }
  }

  /** Else the directory that was removed could come back after a power cut, message and all. */
  @Test
  void syncedRemovalInADirectoryThatIsMadeAgainWaitsForTheForceOfItsName() {
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    List<Path> forced = new ArrayList<>();
    List<FileSpool> spools = new ArrayList<>();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change != Change.FORCE_DIRECTORY) {
              return;
            }
            if (path.equals(slot) && !spools.isEmpty()) {
              FileSpool live = spools.remove(0);
              Files.delete(slot);
              TestSpools.get(live.store(TestSpools.id(), MESSAGE, Durability.BUFFERED, null));
              forced.clear();
            }
            forced.add(path);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
      spools.add(spool);
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
      assertThat(spools).isEmpty();
      assertThat(forced).containsExactly(slot, layout.data());
    }
  }

  /** Its file may be written over by then, and its old name come back with other bytes. */
  @Test
  void fileIsNotWrittenOverUnlessTheNameOfADirectoryThatWasMadeAgainCouldBeForced()
      throws IOException {
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    List<FileSpool> spools = new ArrayList<>();
    boolean[] failing = new boolean[1];
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change != Change.FORCE_DIRECTORY) {
              return;
            }
            if (path.equals(slot) && !spools.isEmpty()) {
              FileSpool live = spools.remove(0);
              Files.delete(slot);
              TestSpools.get(live.store(TestSpools.id(), MESSAGE, Durability.BUFFERED, null));
              failing[0] = true;
            } else if (path.equals(layout.data()) && failing[0]) {
              throw new FileSystemException(path.toString(), null, "Input/output error");
            }
          }
        };
    FileSpool spool = FileSpool.builder(dir).disk(disk).recycling(true).open();
    TestSpools.get(spool.store(id, MESSAGE));
    spools.add(spool);
    SpoolException failure = TestSpools.failure(spool.remove(id, Durability.SYNC, null));
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(spools).isEmpty();
    try (Stream<Path> kept = Files.list(layout.temporaries())) {
      assertThat(kept).isEmpty();
    }
    failing[0] = false;
    assertThat(TestSpools.failure(spool.shutdown()).outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  /** As {@code find -type d -empty -delete} does with an idle spool. */
  @Test
  void directoryOfTemporaryFilesIsMadeAgain() throws IOException {
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      Files.delete(layout.temporaries());
      TestSpools.get(spool.store(id, new byte[2]));
      assertThat(TestSpools.get(spool.load(id))).hasSize(2);
    }
  }

  /** It is not made again: messages that were moved away with it would not be missed. */
  @Test
  void withoutTheDirectoryOfMessagesNothingIsStoredOrTakenForAbsentUntilItIsThereAgain()
      throws IOException {
    SpoolId id = TestSpools.id();
    Path aside = dir.resolve("aside");
    try (FileSpool spool = FileSpool.builder(dir).errorUnlatchDuration(Duration.ZERO).open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      Files.move(layout.data(), aside);
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
      assertThat(TestSpools.failure(spool.remove(id))).isInstanceOf(SpoolIOException.class);
      SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().reason()).contains(layout.data() + " is not there any more");
      assertThat(layout.data()).doesNotExist();
      Files.move(aside, layout.data());
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      assertThat(TestSpools.enumerate(spool)).hasSize(2);
    }
  }

  @Test
  void emptyDirectoryOfMessagesThatWasRemovedIsUsedOnceItIsMadeAgain() throws IOException {
    try (FileSpool spool = FileSpool.builder(dir).errorUnlatchDuration(Duration.ZERO).open()) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      Files.delete(layout.file(id).getParent());
      Files.delete(layout.data());
      SpoolException failure = TestSpools.failure(spool.store(id, MESSAGE));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(spool.health().reason()).contains(layout.data() + " is not there any more");
      Files.createDirectory(layout.data());
      TestSpools.awaitStores(spool);
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
    }
  }

  /** Whoever cleans the directory of temporary files takes nothing that is needed. */
  @Test
  void storesGoOnWithoutTheFilesThatWereKeptToBeWrittenOver() throws IOException {
    try (FileSpool spool = FileSpool.builder(dir).recycling(true).open()) {
      SpoolId id = TestSpools.id();
      for (int i = 0; i < 6; i++) {
        SpoolId passing = TestSpools.id();
        TestSpools.get(spool.store(passing, MESSAGE, Durability.BUFFERED, null));
        TestSpools.get(spool.remove(passing, Durability.SYNC, null));
      }
      try (Stream<Path> kept = Files.list(layout.temporaries())) {
        List<Path> files = kept.toList();
        assertThat(files).isNotEmpty();
        for (Path file : files) {
          Files.delete(file);
        }
      }
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
    }
  }

  @Test
  void removalThatCannotKeepTheFileDeletesIt() throws IOException {
    try (FileSpool spool = FileSpool.builder(dir).recycling(true).open()) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      Files.delete(layout.temporaries());
      TestSpools.get(spool.remove(id));
      assertThat(layout.file(id)).doesNotExist();
    }
  }

  /** As an administrator does who moves a directory to where there is room, and back. */
  @Test
  void scanFindsWhatWasCopiedBackInPlaceOfTheDirectoryThatItHasOpen() throws IOException {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(TestSpools.id());
    }
    Path slot = layout.file(ids.get(0)).getParent();
    AtomicInteger lookedUp = new AtomicInteger();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) throws IOException {
            if (path.startsWith(slot) && lookedUp.incrementAndGet() == 5) {
              copyAndPutInPlace(slot);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      ids.forEach(id -> TestSpools.get(spool.store(id, MESSAGE)));
      List<SpoolEntry> entries = TestSpools.enumerate(spool);
      assertThat(lookedUp).hasValueGreaterThan(5);
      assertThat(entries.stream().map(entry -> ((SpoolEntry.Item) entry).id()))
          .containsExactlyInAnyOrderElementsOf(ids);
    }
  }

  /** The old directory has messages that are cut off, or none. */
  private void copyAndPutInPlace(Path slot) throws IOException {
    Path copy = Files.createDirectory(dir.resolve("copy"));
    Path aside = dir.resolve("aside");
    try (Stream<Path> files = Files.list(slot)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Files.move(slot, aside);
    Files.move(copy, slot);
    int number = 0;
    try (Stream<Path> files = Files.list(aside)) {
      for (Path file : files.toList()) {
        if (number++ % 2 == 0) {
          Files.delete(file);
        } else {
          Files.write(file, MESSAGE);
        }
      }
    }
  }

  /**
   * Where the messages are away for a moment, and back when the scan looks whether they are: it has
   * missed them all the same.
   *
   * @param path where the scan is when they are moved
   */
  @ParameterizedTest
  @ValueSource(strings = {"data", "slot", "messages"})
  void scanFailsThatLooksForMessagesWhileTheyAreAway(String path) throws IOException {
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    Path aside = dir.resolve("aside");
    AtomicBoolean scanning = new AtomicBoolean();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            if ((path.equals("data") && directory.equals(layout.data()))
                || (path.equals("slot") && directory.equals(slot))) {
              moveAway();
            }
            super.list(directory, visitor);
          }

          @Override
          public DiskDirectory openDirectory(Path directory) throws IOException {
            moveAway();
            return super.openDirectory(directory);
          }

          private void moveAway() throws IOException {
            if (scanning.getAndSet(false)) {
              Files.move(layout.data(), aside);
            }
          }

          @Override
          void beforeReading(Path file) throws IOException {
            // What the scan asks at its end; its readers have other threads.
            if (file.endsWith("SPOOL")
                && Thread.currentThread().getName().matches(".*-scan-\\d+")
                && Files.exists(aside)) {
              Files.move(aside, layout.data());
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      for (int i = 0; i < 20; i++) {
        TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      }
      scanning.set(true);
      EntryChannel channel = EntryChannel.bounded(100, 1 << 20);
      assertThat(TestSpools.failure(spool.enumerate(channel))).isInstanceOf(SpoolIOException.class);
      assertThat(scanning).isFalse();
      assertThatThrownBy(() -> channel.forEach(entry -> {})).isInstanceOf(SpoolIOException.class);
      Files.move(aside, layout.data());
      assertThat(TestSpools.enumerate(spool)).hasSize(20);
    }
  }

  /** It was empty: nothing is damaged, and nothing foreign. */
  @Test
  void scanDoesNotReportASlotThatIsRemovedBehindItsListing() {
    AtomicInteger listings = new AtomicInteger();
    SpoolId id = TestSpools.id();
    Path slot = layout.file(id).getParent();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            super.list(directory, visitor);
            if (directory.equals(layout.data()) && listings.incrementAndGet() == 1) {
              Files.delete(slot);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      assertThat(TestSpools.enumerate(spool)).isEmpty();
      assertThat(listings).hasPositiveValue();
    }
  }

  /** The file that is looked up is never the one that is opened, as often as that is tried. */
  @Test
  void messageThatIsReplacedBeforeEachReadIsNotDamaged() throws IOException {
    SpoolId id = TestSpools.id();
    Path file = layout.file(id);
    AtomicInteger lengths = new AtomicInteger();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) throws IOException {
            if (path.equals(file)) {
              TestSpools.replace(file, id, new byte[lengths.incrementAndGet()]);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, new byte[0]));
      assertThat(TestSpools.get(spool.load(id))).hasSize(lengths.get());
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      assertThat(spool.health().reason()).isNull();
    }
  }
}
