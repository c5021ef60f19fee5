package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolLockedException;
import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Locks are held, and not otherwise used.
final class SpoolDirectoryTest {
  @TempDir private Path parent;

  private final Disk disk = Disk.system();

  private Path spool() {
    return parent.resolve("spool");
  }

  private SpoolDirectory open(Path path) {
    return SpoolDirectory.open(disk, path, "file", 2, Set.of("f"), false);
  }

  private SpoolDirectory openReadOnly(Path path) {
    return SpoolDirectory.open(disk, path, "file", 2, Set.of("f"), true);
  }

  /** Everything in a directory: names, contents, and times of change. */
  private static Map<String, String> snapshot(Path directory) throws IOException {
    Map<String, String> snapshot = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        snapshot.put(path.toString(), Files.getLastModifiedTime(path) + content);
      }
    }
    return snapshot;
  }

  private void assertRefusedUntouched(Path path, String... why) throws IOException {
    Map<String, String> before = snapshot(parent);
    for (boolean readOnly : new boolean[] {false, true}) {
      assertThatThrownBy(() -> SpoolDirectory.open(disk, path, "file", 2, Set.of("f"), readOnly))
          .isInstanceOf(UnsupportedFormatException.class)
          .hasMessageContaining(path.toString());
    }
    UnsupportedFormatException refusal =
        catchThrowableOfType(UnsupportedFormatException.class, () -> open(path));
    assertThat(refusal).hasMessageContainingAll(why);
    assertThat(snapshot(parent)).isEqualTo(before);
  }

  @Test
  void aMissingDirectoryIsMadeWithThoseAboveItForTheOwnerAlone() throws IOException {
    Path deep = parent.resolve("a/b/spool");
    FormatMarker marker;
    try (SpoolDirectory opened = open(deep)) {
      marker = opened.marker();
      assertThat(opened.path()).isEqualTo(deep.toRealPath());
      assertThat(opened.disk()).isSameAs(disk);
      assertThat(marker.scheme()).isEqualTo("file");
      assertThat(marker.version()).isEqualTo(2);
      assertThat(marker.requiredFeatures()).containsExactly("f");
      for (Path made : List.of(deep, deep.getParent(), deep.getParent().getParent())) {
        assertThat(disk.permissions(made)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
      }
      assertThat(disk.permissions(deep.resolve("SPOOL")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    try (SpoolDirectory again = open(deep)) {
      assertThat(again.marker()).isEqualTo(marker);
    }
  }

  @Test
  void theDirectoryIsDurableBeforeItIsLockedAndLockedBeforeItIsMarked() throws IOException {
    List<String> calls = new ArrayList<>();
    Disk recording =
        new ForwardingDisk() {
          @Override
          public void createDirectories(Path directory) throws IOException {
            calls.add("create directories");
            super.createDirectories(directory);
          }

          @Override
          public DiskFile create(Path file) throws IOException {
            calls.add("create " + file.getFileName());
            return super.create(file);
          }

          @Override
          public void rename(Path from, Path to) throws IOException {
            calls.add("rename " + to.getFileName());
            super.rename(from, to);
          }

          @Override
          public void forceDirectory(Path directory) throws IOException {
            calls.add("force " + directory.getFileName());
            super.forceDirectory(directory);
          }
        };
    SpoolDirectory.open(recording, spool(), "file", 1, Set.of(), false).close();
    assertThat(calls)
        .containsExactly(
            "create directories",
            "create LOCK",
            "create OWNER.tmp",
            "rename OWNER",
            "create SPOOL.tmp",
            "rename SPOOL",
            "force spool");
    calls.clear();
    SpoolDirectory.open(recording, spool(), "file", 1, Set.of(), false).close();
    assertThat(calls).contains("force spool").doesNotContain("rename SPOOL");
  }

  @Test
  void anEmptyDirectoryBecomesASpoolAndAHalfMadeOneIsCompleted() throws IOException {
    Files.createDirectory(spool());
    Files.createFile(spool().resolve("LOCK"));
    Files.writeString(spool().resolve("OWNER"), "pid=1\nhost=h\nstarted=2026-01-01T00:00:00Z\n");
    Files.writeString(spool().resolve("SPOOL.tmp"), "spool=1\nsche");
    Files.writeString(spool().resolve("OWNER.tmp"), "pi");
    Files.createDirectory(spool().resolve("lost+found"));
    open(spool()).close();
    assertThat(SpoolDirectory.recognise(spool())).isPresent();
    assertThat(spool().resolve("SPOOL.tmp")).doesNotExist();
    assertThat(spool().resolve("lost+found")).exists();
  }

  @Test
  void aSymbolicLinkToTheSpoolIsFollowedOnce() throws IOException {
    open(spool()).close();
    Path link = Files.createSymbolicLink(parent.resolve("link"), spool());
    try (SpoolDirectory opened = open(link)) {
      assertThat(opened.path()).isEqualTo(spool().toRealPath());
      assertThatThrownBy(() -> open(spool())).isInstanceOf(SpoolLockedException.class);
    }
  }

  @Test
  void aFileInPlaceOfTheDirectoryIsRefused() throws IOException {
    Files.writeString(spool(), "a mailbox");
    assertRefusedUntouched(spool(), "not a directory");
  }

  @Test
  void aLinkThatLeadsNowhereIsRefused() throws IOException {
    Files.createSymbolicLink(spool(), parent.resolve("nowhere"));
    assertThatThrownBy(() -> open(spool())).isInstanceOf(UnsupportedFormatException.class);
    assertThat(parent.resolve("nowhere")).doesNotExist();
  }

  @Test
  void aDirectoryThatHoldsSomethingElseIsRefusedAndItsContentsNamed() throws IOException {
    Files.createDirectory(spool());
    Files.writeString(spool().resolve("thesis.txt"), "years of work");
    assertRefusedUntouched(spool(), "not a spool", "thesis.txt", "nothing was touched");
    assertThatThrownBy(() -> open(spool())).hasMessageNotContaining("and more");
    for (int i = 0; i < 20; i++) {
      Files.writeString(spool().resolve("line\nbreak" + i), "");
    }
    assertThatThrownBy(() -> open(spool()))
        .hasMessageContaining("and more")
        .hasMessageContaining("line?break");
  }

  @Test
  void aSpoolOfANewerFormatOrUnknownFeatureOrOtherBackendIsRefused() throws IOException {
    Files.createDirectory(spool());
    FormatMarker.fresh("file", 3, Set.of()).write(disk, spool());
    assertRefusedUntouched(spool(), "version 3", "up to 2", "newer release");
    FormatMarker.fresh("file", 2, Set.of("zstd")).write(disk, spool());
    assertRefusedUntouched(spool(), "zstd", "newer release");
    FormatMarker.fresh("rocksdb", 2, Set.of()).write(disk, spool());
    assertRefusedUntouched(spool(), "backend rocksdb", "rocksdb:" + spool().toRealPath());
  }

  @Test
  void aDamagedMarkerIsRefused() throws IOException {
    open(spool()).close();
    Files.writeString(spool().resolve("SPOOL"), "nonsense");
    assertRefusedUntouched(spool(), "cannot be understood");
  }

  @Test
  void anOlderFormatIsOpenedAndKept() throws IOException {
    Files.createDirectory(spool());
    FormatMarker old = FormatMarker.fresh("file", 1, Set.of());
    old.write(disk, spool());
    try (SpoolDirectory opened = open(spool())) {
      assertThat(opened.marker()).isEqualTo(old);
    }
    assertThat(FormatMarker.read(disk, spool())).contains(old);
  }

  @Test
  void readersTakeNoLockAndWriteNothing() throws IOException {
    try (SpoolDirectory owner = open(spool())) {
      Map<String, String> before = snapshot(parent);
      try (SpoolDirectory reader = openReadOnly(spool())) {
        assertThat(reader.marker()).isEqualTo(owner.marker());
      }
      assertThat(snapshot(parent)).isEqualTo(before);
      assertThatThrownBy(() -> open(spool())).isInstanceOf(SpoolLockedException.class);
    }
  }

  @Test
  void readersMakeNoSpool() throws IOException {
    assertThatThrownBy(() -> openReadOnly(spool()))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("no such directory");
    assertThat(spool()).doesNotExist();
    Files.createDirectory(spool());
    assertThatThrownBy(() -> openReadOnly(spool()))
        .isInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("no marker");
    assertThat(spool()).isEmptyDirectory();
  }

  @Test
  void twoOpenersOfANewDirectoryMakeOneSpool() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 300; round++) {
        Path fresh = parent.resolve("spool" + round);
        CyclicBarrier start = new CyclicBarrier(2);
        Callable<Object> race =
            () -> {
              start.await();
              try {
                return open(fresh);
              } catch (SpoolLockedException e) {
                return e;
              }
            };
        int opened = 0;
        for (Future<Object> each : pool.invokeAll(List.of(race, race))) {
          if (each.get() instanceof SpoolDirectory winner) {
            opened++;
            assertThat(FormatMarker.read(disk, fresh)).contains(winner.marker());
            winner.close();
          }
        }
        assertThat(opened).isEqualTo(1);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aSpoolThatSomebodyMakesWhileWeLookIsTakenForWhatItIs() throws IOException {
    Files.createDirectory(spool());
    Disk late =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            open(spool()).close();
            Files.writeString(spool().resolve("message"), "x");
            super.list(directory, visitor);
          }
        };
    try (SpoolDirectory opened =
        SpoolDirectory.open(late, spool(), "file", 2, Set.of("f"), false)) {
      assertThat(SpoolDirectory.recognise(spool())).contains(opened.marker());
    }
  }

  @Test
  void aReadOnlyDirectoryIsAClearError() throws IOException {
    open(spool()).close();
    Disk denying = failing(new AccessDeniedException(spool().resolve("LOCK").toString()));
    assertThatThrownBy(() -> SpoolDirectory.open(denying, spool(), "file", 2, Set.of("f"), false))
        .isInstanceOf(SpoolIOException.class)
        .satisfies(
            e ->
                assertThat(((SpoolException) e).detail())
                    .contains("cannot open the spool " + spool(), "EACCES", "check owner"));
    Disk frozen = failing(new FileSystemException("x", null, "Read-only file system"));
    assertThatThrownBy(() -> SpoolDirectory.open(frozen, spool(), "file", 2, Set.of("f"), false))
        .isInstanceOf(SpoolIOException.class)
        .satisfies(
            e -> assertThat(((SpoolException) e).detail()).contains("EROFS", "mount it writable"));
    SpoolDirectory.open(frozen, spool(), "file", 2, Set.of("f"), true).close();
  }

  @Test
  void noRoomForANewSpoolIsToldAsSuch() {
    Disk full = failing(new FileSystemException("x", null, "No space left on device"));
    assertThatThrownBy(() -> SpoolDirectory.open(full, spool(), "file", 2, Set.of("f"), false))
        .isInstanceOf(SpoolFullException.class);
  }

  /** A disk that opens nothing for writing. */
  private static Disk failing(IOException failure) {
    return new ForwardingDisk() {
      @Override
      public DiskFile create(Path file) throws IOException {
        throw failure;
      }

      @Override
      public DiskFile openWrite(Path file) throws IOException {
        throw failure;
      }
    };
  }

  @Test
  void anOpeningThatFailsGivesTheDirectoryUp() throws IOException {
    Disk failing =
        new ForwardingDisk() {
          @Override
          public void rename(Path from, Path to) throws IOException {
            if (to.endsWith("SPOOL")) {
              throw new FileSystemException(to.toString(), null, "Input/output error");
            }
            super.rename(from, to);
          }
        };
    assertThatThrownBy(() -> SpoolDirectory.open(failing, spool(), "file", 2, Set.of("f"), false))
        .isInstanceOf(SpoolIOException.class);
    open(spool()).close();
  }

  @Test
  void anInterruptOfTheCallerHarmsNothingAndIsKept() {
    Thread.currentThread().interrupt();
    try (SpoolDirectory opened = open(spool())) {
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      assertThat(SpoolDirectory.recognise(spool())).contains(opened.marker());
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void adoptionInspectsAndMarksLast() throws IOException {
    Files.createDirectory(spool());
    Files.writeString(spool().resolve("data"), "x");
    List<Path> inspected = new ArrayList<>();
    try (SpoolDirectory adopted =
        SpoolDirectory.adopt(
            disk,
            spool(),
            "file",
            2,
            Set.of("f"),
            directory -> {
              inspected.add(directory);
              assertThat(FormatMarker.read(disk, directory)).isEmpty();
              assertThatThrownBy(() -> open(directory))
                  .isInstanceOf(UnsupportedFormatException.class);
            })) {
      assertThat(FormatMarker.read(disk, spool())).contains(adopted.marker());
    }
    SpoolDirectory.adopt(disk, spool(), "file", 2, Set.of("f"), inspected::add).close();
    assertThat(inspected).containsExactly(spool().toRealPath());
    open(spool()).close();
  }

  @Test
  void adoptionThatIsRefusedLeavesNoMarker() throws IOException {
    Files.createDirectory(spool());
    UnsupportedFormatException own = new UnsupportedFormatException("x", "a key of 15 bytes");
    assertThatThrownBy(
            () ->
                SpoolDirectory.adopt(
                    disk,
                    spool(),
                    "file",
                    2,
                    Set.of("f"),
                    directory -> {
                      throw own;
                    }))
        .isSameAs(own);
    assertThat(SpoolDirectory.recognise(spool())).isEmpty();
    assertThatThrownBy(
            () ->
                SpoolDirectory.adopt(
                    disk, parent.resolve("missing"), "file", 2, Set.of(), directory -> {}))
        .isInstanceOf(UnsupportedFormatException.class);
  }

  @Test
  void recognisingTellsWhatIsThere() throws IOException {
    assertThat(SpoolDirectory.recognise(spool())).isEmpty();
    assertThat(SpoolDirectory.recognise(parent)).isEmpty();
    Path file = Files.writeString(parent.resolve("file"), "");
    assertThat(SpoolDirectory.recognise(file)).isEmpty();
    try (SpoolDirectory opened = open(spool())) {
      assertThat(SpoolDirectory.recognise(spool())).contains(opened.marker());
    }
    Files.writeString(spool().resolve("SPOOL"), "nonsense");
    assertThatThrownBy(() -> SpoolDirectory.recognise(spool()))
        .isInstanceOf(UnsupportedFormatException.class);
  }

  @Test
  void closingAgainDoesNothing() {
    SpoolDirectory first = open(spool());
    first.close();
    try (SpoolDirectory second = open(spool())) {
      first.close();
      assertThatThrownBy(() -> open(spool())).isInstanceOf(SpoolLockedException.class);
    }
  }
}
