package dev.spool.filesystem;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolEntry.Corrupt;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.support.Disk;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** What is in the directory, by the spool's doing or another's, and what the spool makes of it. */
class DirectoryContentsTest {
  private static final byte[] MESSAGE = "Subject: hi\n\nhello".getBytes(US_ASCII);

  @TempDir Path dir;
  private FileLayout layout;

  @BeforeEach
  void computeLayout() {
    layout = new FileLayout(dir);
  }

  @Test
  void anyToolShowsAMessage() throws IOException {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = FileSpool.open(dir)) {
      TestSpools.get(spool.store(id, MESSAGE));
    }
    List<String> lines = Files.readAllLines(layout.file(id), US_ASCII);
    assertThat(lines).hasSize(4);
    assertThat(lines.subList(0, 3)).containsExactly("Subject: hi", "", "hello");
    assertThat(lines.get(3)).startsWith("SPOOL-FILE/1 ").endsWith(" id=" + id);
  }

  @Test
  void temporaryFilesAreSweptAtOpeningAndForeignOnesKept() throws IOException {
    FileSpool.open(dir).close();
    Path left = new FileLayout(dir).newTemporary();
    Path foreign = layout.temporaries().resolve("notes.txt");
    Files.write(left, MESSAGE);
    Files.write(foreign, MESSAGE);
    try (FileSpool reader = FileSpool.builder(dir).readOnly(true).open()) {
      assertThat(left).exists();
      assertThat(reader.health().state()).isEqualTo(State.HEALTHY);
    }
    try (FileSpool spool = FileSpool.open(dir)) {
      assertThat(left).doesNotExist();
      assertThat(foreign).exists();
      assertThat(spool.stats().value("temporary.swept")).hasValue(1);
      Files.write(left, MESSAGE);
      TestSpools.get(spool.cleanup());
      TestSpools.get(spool.compact());
      assertThat(left).exists();
    }
  }

  @Test
  void aSpoolThatIsNotWhereItWasHasNeitherLostNorRemovedAnything() throws IOException {
    SpoolId id = TestSpools.id();
    Path root = dir.resolve("spool");
    Path elsewhere = dir.resolve("elsewhere");
    try (FileSpool spool =
        FileSpool.builder(root).errorUnlatchDuration(java.time.Duration.ZERO).open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      // As if another file system had been mounted on it, or its own unmounted.
      Files.move(root, elsewhere);
      Files.createDirectories(root.resolve("data"));
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
      assertThat(TestSpools.failure(spool.remove(id))).isInstanceOf(SpoolIOException.class);
      assertThatThrownBy(() -> TestSpools.enumerate(spool)).isInstanceOf(SpoolIOException.class);
      assertThatThrownBy(() -> TestSpools.list(spool)).isInstanceOf(SpoolIOException.class);
      assertThat(spool.unhealthyReason()).isNotNull();
      Files.delete(root.resolve("data"));
      Files.delete(root);
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(SpoolIOException.class);
      Files.move(elsewhere, root);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
    }
  }

  /** The first store that meets it says so, and not only that some file is not there. */
  @Test
  void storeIntoASpoolThatIsGoneEndsItsHealthAndSaysWhy() throws IOException {
    Path root = dir.resolve("spool");
    Path elsewhere = dir.resolve("elsewhere");
    SpoolId id = TestSpools.id();
    try (FileSpool spool =
        FileSpool.builder(root).errorUnlatchDuration(java.time.Duration.ZERO).open()) {
      TestSpools.get(spool.store(id, MESSAGE));
      Files.move(root, elsewhere);
      SpoolException failure = TestSpools.failure(spool.store(TestSpools.id(), MESSAGE));
      assertThat(failure.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().reason()).contains("is not there any more");
      Files.move(elsewhere, root);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
    }
  }

  @Test
  void foreignEntriesAreReportedOnceAndLeftAlone() throws IOException {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = FileSpool.open(dir)) {
      TestSpools.get(spool.store(id, MESSAGE));
      Path slot = layout.file(id).getParent();
      SpoolId misplaced = TestSpools.idInAnotherSlot();
      List<Path> foreign =
          List.of(
              Files.write(layout.data().resolve("README"), MESSAGE),
              Files.createDirectory(layout.data().resolve("backup")),
              Files.write(slot.resolve("notes.txt"), MESSAGE),
              Files.write(slot.resolve(id.toString().toUpperCase(java.util.Locale.ROOT)), MESSAGE),
              Files.copy(layout.file(id), slot.resolve(misplaced.toString())));
      for (List<SpoolEntry> entries :
          List.of(TestSpools.enumerate(spool), TestSpools.list(spool))) {
        List<String> locations = new ArrayList<>();
        for (SpoolEntry entry : entries) {
          if (entry instanceof Corrupt corrupt) {
            assertThat(corrupt.id()).isNull();
            locations.add(corrupt.location());
          }
        }
        assertThat(locations)
            .containsExactlyInAnyOrderElementsOf(foreign.stream().map(Path::toString).toList());
        assertThat(entries).hasSize(foreign.size() + 1);
      }
      TestSpools.get(spool.cleanup());
      assertThat(foreign).allSatisfy(file -> assertThat(file).exists());
    }
  }

  @Test
  void whatIsNoRegularFileIsDamagedAndNotFollowed() throws Exception {
    SpoolId whole = TestSpools.id();
    SpoolId link = TestSpools.id();
    SpoolId directory = TestSpools.id();
    SpoolId fifo = TestSpools.id();
    try (FileSpool spool = FileSpool.open(dir)) {
      TestSpools.get(spool.store(whole, MESSAGE));
      Files.createSymbolicLink(layout.file(link), layout.file(whole));
      Files.createDirectory(layout.file(directory));
      Process made = new ProcessBuilder("mkfifo", layout.file(fifo).toString()).inheritIO().start();
      assertThat(made.waitFor()).isZero();
      for (SpoolId id : List.of(link, directory, fifo)) {
        assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(MessageCorruptException.class);
      }
      assertThat(TestSpools.enumerate(spool).stream().filter(Corrupt.class::isInstance)).hasSize(3);
      assertThat(TestSpools.list(spool).stream().filter(Corrupt.class::isInstance)).hasSize(3);
      TestSpools.get(spool.remove(link));
      assertThat(TestSpools.get(spool.load(whole))).isEqualTo(MESSAGE);
    }
  }

  @Test
  void linkInPlaceOfASlotLeadsNowhere() throws IOException {
    FileSpool.open(dir).close();
    SpoolId id = TestSpools.id();
    Path outside = Files.createDirectory(dir.resolveSibling(dir.getFileName() + "-outside"));
    Path file = Files.write(outside.resolve(id.toString()), MESSAGE);
    Files.createSymbolicLink(layout.file(id).getParent(), outside);
    try (FileSpool spool = FileSpool.open(dir)) {
      assertThat(TestSpools.failure(spool.store(id, MESSAGE)).outcome())
          .isEqualTo(SpoolException.Outcome.NOT_APPLIED);
      // It would come back with the directory that the link is in place of.
      assertThat(TestSpools.failure(spool.remove(id, Durability.SYNC, null)).outcome())
          .isEqualTo(SpoolException.Outcome.NOT_APPLIED);
      assertThat(file).exists();
      assertThat(TestSpools.enumerate(spool))
          .singleElement()
          .isInstanceOfSatisfying(Corrupt.class, corrupt -> assertThat(corrupt.id()).isNull());
    } finally {
      deleteAll(outside);
    }
  }

  @Test
  void listingFindsAFileThatIsTooShort() throws IOException {
    SpoolId id = TestSpools.id();
    try (FileSpool spool = FileSpool.open(dir)) {
      TestSpools.get(spool.store(id, MESSAGE));
      Files.write(layout.file(id), new byte[Trailer.LENGTH - 1]);
      assertThat(TestSpools.list(spool))
          .singleElement()
          .isInstanceOfSatisfying(Corrupt.class, corrupt -> assertThat(corrupt.id()).isEqualTo(id));
      Files.write(layout.file(id), new byte[Trailer.LENGTH]);
      assertThat(TestSpools.list(spool)).containsExactly(new SpoolEntry.Listed(id, 0));
      assertThat(TestSpools.failure(spool.load(id))).isInstanceOf(MessageCorruptException.class);
      assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
    }
  }

  @Test
  void listingOpensNoMessage() {
    AtomicInteger opened = new AtomicInteger();
    ForwardingDisk counting =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) {
            if (path.startsWith(layout.data())) {
              opened.incrementAndGet();
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, counting)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(TestSpools.list(spool)).containsExactly(new SpoolEntry.Listed(id, MESSAGE.length));
      assertThat(opened).hasValue(0);
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      assertThat(opened).hasValue(1);
    }
  }

  /** As with a file that was recycled for another message between its look-up and its reading. */
  @Test
  void fileThatNamesAnotherMessageIsLookedUpAgain() throws IOException {
    SpoolId id = TestSpools.id();
    SpoolId other = TestSpools.id();
    Path right = dir.resolveSibling(dir.getFileName() + "-right");
    AtomicInteger reads = new AtomicInteger();
    Disk disk =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) throws IOException {
            if (path.equals(layout.file(id))) {
              Path source = reads.incrementAndGet() == 1 ? layout.file(other) : right;
              Files.copy(source, path, StandardCopyOption.REPLACE_EXISTING);
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.store(other, new byte[MESSAGE.length]));
      Files.copy(layout.file(id), right);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
      assertThat(reads).hasValue(2);
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    } finally {
      Files.deleteIfExists(right);
    }
  }

  /** Some file systems give a name that is replaced a new place, ahead of or behind the reader. */
  @Test
  void scanSeesWhatIsReplacedMeanwhileExactlyOnce() {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(TestSpools.id());
    }
    FileSpool[] spool = new FileSpool[1];
    boolean[] replacing = new boolean[1];
    Disk disk =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            super.list(
                directory,
                entry -> {
                  String name = entry.getFileName().toString();
                  int nth = ids.stream().map(SpoolId::toString).toList().indexOf(name);
                  if (nth >= 0 && replacing[0]) {
                    TestSpools.get(spool[0].store(ids.get(nth), MESSAGE));
                    // Half of them are moved out of the reader's way, half are shown twice.
                    if (nth % 2 == 0) {
                      return true;
                    }
                    visitor.visit(entry);
                  }
                  return visitor.visit(entry);
                });
          }
        };
    spool[0] = TestSpools.open(dir, disk);
    try (FileSpool open = spool[0]) {
      ids.forEach(id -> TestSpools.get(open.store(id, new byte[1])));
      replacing[0] = true;
      List<SpoolEntry> entries = TestSpools.enumerate(open);
      replacing[0] = false;
      assertThat(entries.stream().map(entry -> ((SpoolEntry.Item) entry).id()))
          .containsExactlyInAnyOrderElementsOf(ids);
    }
  }

  @Test
  void largeDirectoryIsListedPieceByPiece() {
    List<String> all = new ArrayList<>();
    Smallest<String> piece = pieceOfAHundred(null);
    while (piece.isCut()) {
      assertThat(piece.take()).hasSizeBetween(1, 8);
      all.addAll(piece.take());
      piece = pieceOfAHundred(piece.last());
    }
    all.addAll(piece.take());
    assertThat(all).hasSize(100).isSorted().doesNotHaveDuplicates();
  }

  /** As a file system may show them: unsorted, and some of them twice. */
  private static Smallest<String> pieceOfAHundred(@Nullable String after) {
    Smallest<String> names = new Smallest<>(after, 8);
    for (int i = 0; i < 150; i++) {
      names.offer("name" + (i * 37 % 100 + 100));
    }
    return names;
  }

  @Test
  void spoolWhoseMakingWasCutShortIsEmptyToAReader() throws IOException {
    FileSpool.open(dir).close();
    Files.delete(layout.data());
    Files.delete(layout.temporaries());
    try (FileSpool reader = FileSpool.builder(dir).readOnly(true).open()) {
      assertThat(TestSpools.enumerate(reader)).isEmpty();
    }
    try (FileSpool spool = FileSpool.open(dir)) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
    }
  }

  @Test
  void slotThatWasRemovedBeneathIsMadeAgain() throws IOException {
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id));
      Files.delete(layout.file(id).getParent());
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
    }
  }

  /** Without waiting for one another. */
  @Test
  void writesOfOneIdAreCarriedOutInOrder() {
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId id = TestSpools.id();
      List<CompletableFuture<Void>> writes = new ArrayList<>();
      for (int round = 0; round < 100; round++) {
        byte[] large = new byte[round % 7 * 10_000];
        writes.add(spool.store(id, large, durability(round), null));
        writes.add(spool.remove(id, durability(round / 2), null));
        writes.add(spool.store(id, new byte[] {(byte) round}, durability(round / 3), null));
      }
      writes.forEach(TestSpools::get);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(new byte[] {99});
      CompletableFuture<Void> store = spool.store(id, MESSAGE);
      TestSpools.get(spool.remove(id));
      TestSpools.get(store);
      assertThat(TestSpools.enumerate(spool)).isEmpty();
    }
  }

  private static Durability durability(int n) {
    return n % 2 == 0 ? Durability.SYNC : Durability.BUFFERED;
  }

  @Test
  void unforcedFilesAreBounded() {
    BufferedFiles files = new BufferedFiles(2);
    List<SpoolId> ids = List.of(TestSpools.id(), TestSpools.id(), TestSpools.id(), TestSpools.id());
    ids.subList(0, 3).forEach(files::add);
    assertThat(files.takeExcess()).isEqualTo(ids.get(0));
    assertThat(files.takeExcess()).isNull();
    files.add(ids.get(3));
    files.remove(ids.get(1));
    assertThat(files.takeExcess()).isNull();
    assertThat(files.take()).isEqualTo(ids.get(2));
    assertThat(files.take()).isEqualTo(ids.get(3));
    assertThat(files.take()).isNull();
  }

  @Test
  void filesAndDirectoriesAreTheOwnersAlone() throws IOException {
    try (FileSpool spool = FileSpool.open(dir.resolve("private"))) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
    }
    assertModes(dir.resolve("private"), "rw-------", "rwx------");
    String uri = "file:" + dir.resolve("shared") + "?fileMode=0640&directoryMode=0750&writers=3";
    try (Spool spool = Spools.open(uri)) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
    }
    assertModes(dir.resolve("shared"), "rw-r-----", "rwxr-x---");
    assertThatThrownBy(() -> Spools.open("file:" + dir + "?fileMode=0444"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Spools.open("file:" + dir + "?writers=0"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertModes(Path spool, String files, String directories) throws IOException {
    try (Stream<Path> all = Files.walk(spool)) {
      for (Path path : all.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as("of %s", path)
            .isEqualTo(Files.isDirectory(path) ? directories : files);
      }
    }
  }

  @Test
  void quarantineKeepsWhatIsThereAndSaysWhy() throws IOException {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-quarantine");
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId id = TestSpools.id();
      for (int round = 0; round < 2; round++) {
        damaged(spool, id);
        TestSpools.get(spool.quarantine(id, quarantine));
        assertThat(TestSpools.enumerate(spool)).isEmpty();
      }
      assertThat(names(quarantine))
          .containsExactly(id + ".1.damaged", id + ".1.reason", id + ".damaged", id + ".reason");
      assertThat(Files.readString(quarantine.resolve(id + ".reason")))
          .contains(id.toString(), layout.file(id).toString(), "checksum");
    } finally {
      deleteAll(quarantine);
    }
  }

  /** The one that comes second finds nothing, or finds it damaged no more. */
  @Test
  void twoQuarantinesOfAMessageAtOnceKeepIt() throws IOException {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-quarantine");
    try (FileSpool spool = FileSpool.open(dir)) {
      for (int round = 0; round < 30; round++) {
        SpoolId id = TestSpools.id();
        byte[] damaged = damaged(spool, id);
        CompletableFuture<Void> one = spool.quarantine(id, quarantine);
        CompletableFuture<Void> other = spool.quarantine(id, quarantine);
        CompletableFuture.allOf(one, other).exceptionally(failure -> null).join();
        assertThat(one.isCompletedExceptionally()).isNotEqualTo(other.isCompletedExceptionally());
        assertThat(Files.readAllBytes(quarantine.resolve(id + ".damaged"))).isEqualTo(damaged);
        assertThat(quarantine.resolve(id + ".reason")).exists();
      }
    } finally {
      deleteAll(quarantine);
    }
  }

  private static Disk withoutMovesTo(Path elsewhere) {
    return new ForwardingDisk() {
      @Override
      public void rename(Path from, Path target) throws IOException {
        if (target.startsWith(elsewhere)) {
          throw new AtomicMoveNotSupportedException(
              from.toString(), target.toString(), "Invalid cross-device link");
        }
        super.rename(from, target);
      }
    };
  }

  /** To copy a pipe would wait for who writes to it, and meanwhile nobody could store. */
  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void pipeIsNotCopiedToAnotherFileSystem() throws Exception {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-elsewhere");
    SpoolId fifo = TestSpools.id();
    try (FileSpool spool = TestSpools.open(dir, withoutMovesTo(quarantine))) {
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      Process made = new ProcessBuilder("mkfifo", layout.file(fifo).toString()).inheritIO().start();
      assertThat(made.waitFor()).isZero();
      assertThat(TestSpools.failure(spool.quarantine(fifo, quarantine)).detail())
          .contains("no regular file");
      TestSpools.get(spool.store(TestSpools.id(), MESSAGE));
      assertThat(Files.exists(layout.file(fifo))).isTrue();
    } finally {
      deleteAll(quarantine);
    }
  }

  @Test
  void quarantineOnAnotherFileSystemIsACopy() throws IOException {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-elsewhere");
    try (FileSpool spool = TestSpools.open(dir, withoutMovesTo(quarantine))) {
      SpoolId id = TestSpools.id();
      byte[] damaged = damaged(spool, id);
      TestSpools.get(spool.quarantine(id, quarantine));
      assertThat(Files.readAllBytes(quarantine.resolve(id + ".damaged"))).isEqualTo(damaged);
      assertThat(TestSpools.enumerate(spool)).isEmpty();
    } finally {
      deleteAll(quarantine);
    }
  }

  /** The directory may be on a server that does not answer. */
  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void storesGoOnBesideAQuarantineElsewhereAndWhatTheyReplaceIsNotMoved() throws IOException {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-elsewhere");
    Gate copies = new Gate();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          void before(Change change, Path path) throws IOException {
            if (change == Change.CREATE && path.toString().endsWith(".damaged")) {
              copies.pass();
            }
            if (change == Change.RENAME && path.startsWith(quarantine)) {
              throw new AtomicMoveNotSupportedException(null, path.toString(), "cross-device");
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      damaged(spool, id);
      copies.shut();
      CompletableFuture<Void> move = spool.quarantine(id, quarantine);
      copies.awaitHeld();
      TestSpools.get(spool.store(id, MESSAGE));
      copies.open();
      SpoolException whole = TestSpools.failure(move);
      assertThat(whole.getMessage()).isEqualTo("the message is whole");
      assertThat(whole.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(TestSpools.get(spool.load(id))).isEqualTo(MESSAGE);
      assertThat(names(quarantine)).isEmpty();
    } finally {
      copies.open();
      deleteAll(quarantine);
    }
  }

  @Test
  void whatIsToBeMovedOutOfASpoolThatIsNotWhereItWasIsNotTakenForAbsent() throws IOException {
    Path aside = dir.resolveSibling(dir.getFileName() + "-aside");
    SpoolId id = TestSpools.id();
    try (FileSpool spool = FileSpool.open(dir)) {
      damaged(spool, id);
      Files.move(layout.data(), aside);
      try {
        assertThat(TestSpools.failure(spool.quarantine(id, dir.resolve("quarantine"))))
            .isInstanceOf(SpoolIOException.class);
      } finally {
        Files.move(aside, layout.data());
      }
    }
  }

  @Test
  void wholeMessageIsNotMovedAndNothingMade() {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-unused");
    try (FileSpool spool = FileSpool.open(dir)) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      assertThat(TestSpools.failure(spool.quarantine(id, quarantine)).getMessage())
          .isEqualTo("the message is whole");
      assertThat(TestSpools.failure(spool.quarantine(TestSpools.id(), quarantine)))
          .isInstanceOf(MessageNotFoundException.class);
      assertThat(quarantine).doesNotExist();
    }
  }

  /** A directory that somebody else named says nothing about the spool's own storage. */
  @Test
  void quarantineThatCannotBeWrittenLeavesTheSpoolAlone() throws IOException {
    Path quarantine = dir.resolveSibling(dir.getFileName() + "-readonly");
    Disk disk =
        new ForwardingDisk() {
          @Override
          public void createDirectories(Path directory) throws IOException {
            if (directory.equals(quarantine)) {
              throw new FileSystemException(directory.toString(), null, "Read-only file system");
            }
            super.createDirectories(directory);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      SpoolId id = TestSpools.id();
      damaged(spool, id);
      SpoolException failure = TestSpools.failure(spool.quarantine(id, quarantine));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(spool.unhealthyReason()).isNull();
      assertThat(layout.file(id)).exists();
    }
  }

  @Test
  void openingThatFailsWhileItsPartsAreMadeLeavesTheDirectoryToTheNext() {
    RecycledFiles broken =
        new RecycledFiles(false) {
          @Override
          ReadPhases readers() {
            throw new IllegalStateException("a test's");
          }
        };
    assertThatThrownBy(() -> new FileSpool(FileSpool.builder(dir), broken)).hasMessage("a test's");
    FileSpool.open(dir).close();
  }

  @Test
  void directoryThatIsNoSpoolIsRefusedUntouched() throws IOException {
    Files.write(dir.resolve("something"), MESSAGE);
    assertThatThrownBy(() -> FileSpool.open(dir)).isInstanceOf(SpoolException.class);
    assertThat(names(dir)).containsExactly("something");
  }

  private byte[] damaged(FileSpool spool, SpoolId id) throws IOException {
    TestSpools.get(spool.store(id, MESSAGE));
    byte[] bytes = Files.readAllBytes(layout.file(id));
    bytes[3] ^= 1;
    Files.write(layout.file(id), bytes);
    return bytes;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    for (String name : names(directory)) {
      Files.delete(directory.resolve(name));
    }
    Files.delete(directory);
  }
}
