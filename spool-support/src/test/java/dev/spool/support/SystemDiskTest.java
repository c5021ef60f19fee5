package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SystemDiskTest {
  @TempDir private Path directory;

  private final Disk disk = Disk.system();

  /** Makes a file and a directory, and prints their modes. */
  static final class CreatingChild {
    private CreatingChild() {}

    public static void main(String[] arguments) throws IOException {
      Disk disk = Disk.system(DiskPermissions.ofModes(arguments[1], arguments[2]));
      Path directory = Path.of(arguments[0]);
      Path file = directory.resolve("file");
      disk.create(file).close();
      disk.createDirectory(directory.resolve("one"));
      disk.createDirectories(directory.resolve("two/three"));
      for (String name : List.of("file", "one", "two", "two/three")) {
        System.out.println(
            PosixFilePermissions.toString(disk.permissions(directory.resolve(name))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000", "0022", "0077", "0777"})
  void modesAreExactlyThoseAskedForWhateverTheUmask(String umask) throws IOException {
    String shell = "umask " + umask + "; ";
    try (ChildJvm child =
        ChildJvm.start(
            shell, any -> true, CreatingChild.class, directory.toString(), "0640", "0750")) {
      assertThat(child.line()).isEqualTo("rw-r-----");
      assertThat(child.line()).isEqualTo("rwxr-x---");
      assertThat(child.line()).isEqualTo("rwxr-x---");
      assertThat(child.line()).isEqualTo("rwxr-x---");
    }
  }

  @Test
  void byDefaultNobodyElseCanReadOrSearch() throws IOException {
    disk.create(directory.resolve("file")).close();
    disk.createDirectory(directory.resolve("sub"));
    assertThat(disk.permissions(directory.resolve("file")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(disk.permissions(directory.resolve("sub")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void permissionsThatTheOwnerCannotWorkWithAreRefused() {
    assertThatThrownBy(() -> DiskPermissions.ofModes("0400", "0700"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DiskPermissions.ofModes("0600", "0600"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DiskPermissions.ofModes("rw", "0700"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DiskPermissions.ofModes("0680", "0700"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(DiskPermissions.ofModes("640", "750"))
        .isEqualTo(DiskPermissions.ofModes("0640", "0750"));
  }

  @Test
  void creatingWhatIsThereFailsAndLeavesItAlone() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "old");
    assertThatThrownBy(() -> disk.create(file)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("old");
  }

  @Test
  void ofSeveralThreadsThatCreateAFileOneSucceeds() throws Exception {
    int threads = 4;
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 100; round++) {
        Path file = directory.resolve("file" + round);
        Callable<Boolean> create =
            () -> {
              start.await();
              try {
                disk.create(file).close();
                return true;
              } catch (FileAlreadyExistsException e) {
                return false;
              }
            };
        int created = 0;
        for (Future<Boolean> each : pool.invokeAll(List.of(create, create, create, create))) {
          created += each.get() ? 1 : 0;
        }
        assertThat(created).isEqualTo(1);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void symbolicLinksAreNotFollowed() throws IOException {
    Path outside = Files.writeString(directory.resolve("outside"), "secret");
    Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
    assertThatThrownBy(() -> disk.openRead(link)).satisfies(SystemDiskTest::isLoop);
    assertThatThrownBy(() -> disk.openWrite(link)).satisfies(SystemDiskTest::isLoop);
    assertThatThrownBy(() -> disk.create(link)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(disk.facts(link).symlink()).isTrue();
    Path toDirectory = Files.createSymbolicLink(directory.resolve("to"), directory);
    assertThatThrownBy(() -> disk.list(toDirectory, entry -> true))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.forceDirectory(toDirectory)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.createDirectory(toDirectory))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(disk.deleteIfExists(link)).isTrue();
    assertThat(outside).hasContent("secret");
  }

  private static void isLoop(Throwable failure) {
    assertThat(failure).isInstanceOf(IOException.class);
    assertThat(IoFailures.errno((IOException) failure)).isEqualTo(Errno.ELOOP);
  }

  @Test
  void openingWhatIsNotThereSaysSo() {
    Path nothing = directory.resolve("nothing");
    assertThatThrownBy(() -> disk.openRead(nothing)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.openWrite(nothing)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.facts(nothing)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.realPath(nothing)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.rename(nothing, directory.resolve("x")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(nothing).doesNotExist();
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    try (DiskFile file = disk.create(directory.resolve("file"))) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.force(false);
      file.force(true);
      assertThat(file.size()).isEqualTo(bytes.length);
      assertThat(file.path()).isEqualTo(directory.resolve("file"));
    }
    try (DiskFile file = disk.openRead(directory.resolve("file"))) {
      ByteBuffer read = ByteBuffer.allocate(1000);
      file.readFully(read, 299_000);
      assertThat(read.array()).isEqualTo(Arrays.copyOfRange(bytes, 299_000, 300_000));
      assertThat(file.read(ByteBuffer.allocate(1), 300_000)).isEqualTo(-1);
      assertThatExceptionOfType(EOFException.class)
          .isThrownBy(() -> file.readFully(ByteBuffer.allocate(1001), 299_000));
    }
  }

  @Test
  void largeBuffersGoThroughInChunksWhole() throws IOException {
    byte[] bytes = new byte[3 * SystemDiskFile.CHUNK + 17];
    new Random(2).nextBytes(bytes);
    for (boolean direct : new boolean[] {false, true}) {
      ByteBuffer source =
          direct ? ByteBuffer.allocateDirect(bytes.length) : ByteBuffer.allocate(bytes.length);
      source.put(bytes).flip();
      Path path = directory.resolve("large" + direct);
      try (DiskFile file = disk.create(path)) {
        file.write(source, 0);
        assertThat(source.hasRemaining()).isFalse();
        source.rewind();
        ByteBuffer small = ByteBuffer.wrap(new byte[] {1, 2, 3});
        file.write(new ByteBuffer[] {small, source, ByteBuffer.wrap(new byte[3])}, bytes.length);
        assertThat(file.size()).isEqualTo(2L * bytes.length + 6);
        byte[] read = new byte[bytes.length];
        file.readFully(ByteBuffer.wrap(read), 0);
        assertThat(read).isEqualTo(bytes);
        file.readFully(ByteBuffer.wrap(read), bytes.length + 3);
        assertThat(read).isEqualTo(bytes);
      }
    }
  }

  @Test
  void gatheringWritesOfSeveralThreadsDoNotMix() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (DiskFile file = disk.create(directory.resolve("file"))) {
      List<Callable<Boolean>> writers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        byte own = (byte) ('a' + thread);
        long start = thread * 100_000L;
        writers.add(
            () -> {
              for (int i = 0; i < 100; i++) {
                byte[] piece = new byte[500];
                Arrays.fill(piece, own);
                ByteBuffer[] pieces = {ByteBuffer.wrap(piece), ByteBuffer.wrap(piece)};
                file.write(pieces, start + i * 1_000L);
              }
              return true;
            });
      }
      for (Future<Boolean> each : pool.invokeAll(writers)) {
        assertThat(each.get()).isTrue();
      }
      for (int thread = 0; thread < threads; thread++) {
        byte[] expected = new byte[100_000];
        Arrays.fill(expected, (byte) ('a' + thread));
        byte[] read = new byte[100_000];
        file.readFully(ByteBuffer.wrap(read), thread * 100_000L);
        assertThat(read).isEqualTo(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void moreBuffersThanOneCallTakesAreWrittenInOrder() throws IOException {
    ByteBuffer[] buffers = new ByteBuffer[5_000];
    StringBuilder expected = new StringBuilder("....");
    for (int i = 0; i < buffers.length; i++) {
      String text = i % 7 == 0 ? "" : "[" + i + "]";
      expected.append(text);
      buffers[i] = StandardCharsets.UTF_8.encode(text);
    }
    Path path = Files.writeString(directory.resolve("file"), "....old");
    try (DiskFile file = disk.openWrite(path)) {
      file.write(buffers, 4);
    }
    assertThat(path).hasContent(expected.toString());
  }

  @Test
  void truncatingCutsOffAndNeverExtends() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "0123456789");
    try (DiskFile file = disk.openWrite(path)) {
      file.truncate(4);
      file.truncate(100);
      assertThat(file.size()).isEqualTo(4);
    }
    assertThat(path).hasContent("0123");
  }

  @Test
  void renamingReplaces() throws IOException {
    Path from = Files.writeString(directory.resolve("from"), "new");
    Path to = Files.writeString(directory.resolve("to"), "old");
    disk.rename(from, to);
    disk.forceDirectory(directory);
    assertThat(to).hasContent("new");
    assertThat(from).doesNotExist();
  }

  @Test
  void deletingTellsWhetherItWasThere() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(disk.deleteIfExists(file)).isTrue();
    assertThat(disk.deleteIfExists(file)).isFalse();
    Files.createDirectories(directory.resolve("full/sub"));
    assertThatThrownBy(() -> disk.deleteIfExists(directory.resolve("full")))
        .isInstanceOf(DirectoryNotEmptyException.class);
  }

  @Test
  void creatingADirectoryTellsWhetherItIsNew() throws IOException {
    Path sub = directory.resolve("sub");
    assertThat(disk.createDirectory(sub)).isTrue();
    assertThat(disk.createDirectory(sub)).isFalse();
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> disk.createDirectory(file))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.createDirectory(directory.resolve("a/b")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void missingDirectoriesAreCreatedThroughLinksButNotThroughFiles() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    disk.createDirectories(link.resolve("a/b/c"));
    disk.createDirectories(link.resolve("a/b/c"));
    assertThat(target.resolve("a/b/c")).isDirectory();
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> disk.createDirectories(file))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.createDirectories(file.resolve("sub")))
        .isInstanceOf(IOException.class);
    assertThat(file).isRegularFile();
  }

  @Test
  void listingShowsEveryEntryOnce() throws IOException {
    Set<Path> expected = new HashSet<>();
    for (int i = 0; i < 3_000; i++) {
      expected.add(Files.createFile(directory.resolve("entry" + i)));
    }
    List<Path> seen = new ArrayList<>();
    disk.list(directory, seen::add);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void listingStopsWhenTheVisitorHasEnough() throws IOException {
    for (int i = 0; i < 10; i++) {
      Files.createFile(directory.resolve("entry" + i));
    }
    List<Path> seen = new ArrayList<>();
    disk.list(
        directory,
        entry -> {
          seen.add(entry);
          return seen.size() < 3;
        });
    assertThat(seen).hasSize(3);
  }

  @Test
  void listingNeverTakesAnErrorForNothing() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> disk.list(directory.resolve("nothing"), entry -> true))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.list(file, entry -> true))
        .isInstanceOf(NotDirectoryException.class);
    IOException own = new IOException("the visitor's own");
    assertThatThrownBy(
            () ->
                disk.list(
                    directory,
                    entry -> {
                      throw own;
                    }))
        .isSameAs(own);
  }

  @Test
  void factsTellFilesDirectoriesAndInodesApart() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "four");
    Path other = Files.createLink(directory.resolve("other"), file);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));
    FileFacts facts = disk.facts(file);
    assertThat(facts.regularFile()).isTrue();
    assertThat(facts.directory()).isFalse();
    assertThat(facts.symlink()).isFalse();
    assertThat(facts.length()).isEqualTo(4);
    assertThat(facts.modified()).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(facts.fileKey()).isNotNull().isEqualTo(disk.facts(other).fileKey());
    assertThat(disk.facts(directory).directory()).isTrue();
    assertThat(disk.facts(directory).fileKey()).isNotEqualTo(facts.fileKey());
  }

  @Test
  void existsAnswersOnlyWhatItKnows() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(disk.exists(file)).isTrue();
    assertThat(disk.exists(directory.resolve("nothing"))).isFalse();
    assertThat(disk.exists(Files.createSymbolicLink(directory.resolve("l"), Path.of("nothing"))))
        .isTrue();
    Path tooLong = directory.resolve("x".repeat(300));
    assertThatThrownBy(() -> disk.exists(tooLong))
        .isInstanceOf(FileSystemException.class)
        .isNotInstanceOf(NoSuchFileException.class);
  }

  @Test
  void spaceIsThatOfThePathsFileSystem() throws IOException {
    DiskSpace space = disk.space(directory);
    assertThat(space.totalBytes()).isEqualTo(Files.getFileStore(directory).getTotalSpace());
    assertThat(space.usableBytes()).isBetween(0L, space.totalBytes());
    assertThat(disk.fileSystemType(directory)).isEqualTo(Files.getFileStore(directory).type());
    assertThatThrownBy(() -> disk.space(directory.resolve("nothing")))
        .isInstanceOf(IOException.class);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void inodesAreThoseThatStatTells() throws IOException, InterruptedException {
    Process stat = new ProcessBuilder("stat", "-f", "-c", "%c", directory.toString()).start();
    String total = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(stat.waitFor()).isZero();
    DiskSpace space = disk.space(directory);
    assertThat(space.totalInodes()).isEqualTo(Long.parseLong(total));
    assertThat(space.freeInodes()).isBetween(0L, space.totalInodes());
    assertThat(space.inodesKnown()).isEqualTo(!total.equals("0"));
  }

  /**
   * Prints the space of a directory, and what it makes of an error in a language that it cannot
   * know.
   */
  static final class SpaceChild {
    private SpaceChild() {}

    public static void main(String[] arguments) throws IOException {
      DiskSpace space = Disk.system().space(Path.of(arguments[0]));
      System.out.println(space.totalBytes() + " " + space.totalInodes() + " " + space.freeInodes());
      System.out.println(IoFailures.errno(new IOException("Eingabe-/Ausgabefehler")));
      System.out.println(NativeCalls.tellInodes());
    }
  }

  @Test
  void withoutJnaInodesAreUnknownAndAllElseWorks() throws IOException {
    try (ChildJvm child =
        ChildJvm.start(
            "", element -> !element.contains("jna"), SpaceChild.class, directory.toString())) {
      assertThat(child.line()).isEqualTo(disk.space(directory).totalBytes() + " 0 0");
      assertThat(child.line()).isEqualTo("OTHER");
      assertThat(child.line()).isEqualTo("false"); // so the opening says that they are not watched
    }
  }

  @Test
  void aClosedFileRefusesEverything() throws IOException {
    DiskFile file = disk.create(directory.resolve("file"));
    file.close();
    file.close();
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.force(true)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4096, 3 << 20, (2 << 20) + 12288, 1_000_001})
  void filledFileHasThatManyZeros(long length) throws IOException {
    Path path = directory.resolve("filled");
    try (DiskFile file = Disk.system().createFilled(path, length, () -> {})) {
      assertThat(file.size()).isEqualTo(length);
      file.write(ByteBuffer.wrap(new byte[] {1}), length);
    }
    byte[] expected = new byte[(int) length + 1];
    expected[(int) length] = 1;
    assertThat(path).hasBinaryContent(expected);
    assertThatThrownBy(() -> Disk.system().createFilled(path, length, () -> {}))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void filesAreLookedUpInAnOpenDirectoryAndLinksAreNotFollowed() throws IOException {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Files.write(sub.resolve("file"), new byte[] {1, 2, 3});
    Files.createSymbolicLink(sub.resolve("link"), sub.resolve("file"));
    DiskFile file;
    try (DiskDirectory open = disk.openDirectory(sub)) {
      Files.move(sub, directory.resolve("moved"));
      assertThat(open.facts("file").length()).isEqualTo(3);
      assertThat(open.facts("file").regularFile()).isTrue();
      assertThat(open.facts("link").symlink()).isTrue();
      assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open.facts("none"));
      assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open.openRead("none"));
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> open.openRead("link"));
      file = open.openRead("file");
    }
    try (file) {
      ByteBuffer read = ByteBuffer.allocate(3);
      file.readFully(read, 0);
      assertThat(read.array()).containsExactly(1, 2, 3);
      assertThat(file.path()).isEqualTo(sub.resolve("file"));
    }
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> disk.openDirectory(sub));
  }

  /** Whoever has put something else in the place of a directory since it was seen. */
  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void onlyADirectoryIsOpenedAsOne() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> disk.openDirectory(link));
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor())
        .isZero();
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> disk.openDirectory(pipe));
  }

  /** As disks do that are not of this system: they need not know of open directories. */
  @Test
  void directoryOfAnyDiskIsFoundByItsPath() throws IOException {
    Files.write(directory.resolve("file"), new byte[] {1, 2, 3});
    try (DiskDirectory found = new ForwardingDisk().openDirectory(directory)) {
      assertThat(found.facts("file").length()).isEqualTo(3);
      found.openRead("file").close();
      assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> found.openRead("none"));
    }
  }
}
