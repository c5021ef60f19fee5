package dev.spool.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyMountTest {
  @TempDir private static Path work;
  private static FaultyMount mount;
  private static long seed;
  private Path dir;

  @BeforeAll
  static void mount() throws IOException {
    mount = FaultyMount.in(work);
  }

  @AfterAll
  static void unmount() throws IOException {
    if (mount != null) {
      mount.close();
      assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(work.toString());
      assertThat(work.resolve("fuse.log")).isEmptyFile();
    }
  }

  @BeforeEach
  void clear() throws IOException {
    mount.clear(++seed);
    dir = Files.createDirectory(mount.directory().resolve("d"));
  }

  /** Its script is killed, and unmounts nothing; links lead there, and blanks are in its name. */
  @Test
  void whatIsLeftOfItIsUnmounted(@TempDir Path other) throws IOException {
    Path link = other.resolve("link");
    Files.createSymbolicLink(link, Files.createDirectory(other.resolve("a \\ b")));
    Set<ProcessHandle> before = ProcessHandle.current().children().collect(Collectors.toSet());
    FaultyMount left = FaultyMount.in(link);
    List<ProcessHandle> own =
        ProcessHandle.current()
            .children()
            .filter(child -> !before.contains(child))
            .flatMap(child -> Stream.concat(Stream.of(child), child.descendants()))
            .toList();
    own.forEach(ProcessHandle::destroyForcibly);
    own.forEach(process -> process.onExit().join());

    left.close();

    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(other.toString());
  }

  @Test
  void filesAreAsTheyWereWritten() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    Files.writeString(file, " world", StandardOpenOption.APPEND);
    assertThat(file).hasContent("hello world").hasSize(11);
    byte[] large = new byte[1_000_003];
    large[large.length - 1] = 7;
    assertThat(Files.write(dir.resolve("b"), large)).hasBinaryContent(large);
    Files.writeString(file, "short");
    assertThat(file).hasContent("short");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'x'}), 7);
      assertThat(channel.tryLock()).isNotNull();
      channel.force(true);
      assertThat(channel.size()).isEqualTo(8);
      assertThat(file).hasContent("short\0\0x");
      channel.truncate(2);
    }
    assertThat(file).hasContent("sh");
  }

  @Test
  void namesAreAsTheyWereChanged() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "1");
    Files.writeString(dir.resolve("b"), "2");
    Files.move(file, dir.resolve("b"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(dir.resolve("b")).hasContent("1");
    assertThat(file).doesNotExist();
    Path below = Files.createDirectory(dir.resolve("below"));
    Files.move(dir.resolve("b"), below.resolve("c"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(below.resolve("c")).hasContent("1");
    assertThatThrownBy(() -> Files.delete(below)).isInstanceOf(DirectoryNotEmptyException.class);
    assertThatThrownBy(() -> Files.createDirectory(below))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> Files.delete(file)).isInstanceOf(NoSuchFileException.class);
    try (FileChannel open = FileChannel.open(below.resolve("c"), StandardOpenOption.READ)) {
      Files.delete(below.resolve("c"));
      assertThat(open.size()).isEqualTo(1);
      assertThat(open.read(ByteBuffer.allocate(5))).isEqualTo(1);
    }
    Files.delete(below);
    for (int i = 0; i < 500; i++) {
      Files.createFile(dir.resolve("file-with-a-name-of-some-length-" + i));
    }
    try (Stream<Path> all = Files.list(dir)) {
      assertThat(all).hasSize(500);
    }
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)))
        .isEqualTo("rwx------");
    assertThat(Files.getFileStore(dir).getUsableSpace()).isGreaterThan(1 << 30);
  }

  /** As the backends write it. */
  @Test
  void pageCacheCanBeBypassed() throws IOException {
    Path file = dir.resolve("a");
    Disk.system().create(file).close();
    try (DiskFile direct = Objects.requireNonNull(Disk.system().openDirect(file))) {
      ByteBuffer block = ByteBuffer.allocateDirect(3 * 4096).alignedSlice(4096).limit(4096);
      direct.write(block.put(9, (byte) 1).position(0), 4096);
    }
    assertThat(Files.readAllBytes(file))
        .hasSize(8192)
        .satisfies(
            all -> {
              assertThat(all[4096 + 9]).isOne();
            });
  }

  @Test
  void nthCallFailsAndOthersDoNot() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      mount.failNth(2, false, Errno.EDQUOT);
      assertThat(channel.write(ByteBuffer.allocate(1), 0)).isOne();
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0))
          .hasMessage(Errno.EDQUOT.words());
      assertThat(channel.write(ByteBuffer.allocate(1), 0)).isOne();
      assertThat(mount.counts().calls()).isEqualTo(3);
      mount.failNth(1, true, Errno.EROFS);
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0))
          .hasMessage(Errno.EROFS.words());
      assertThatThrownBy(() -> channel.force(false)).hasMessage(Errno.EROFS.words());
      mount.heal();
      channel.force(false);
    }
  }

  @Test
  void writeIsCutShortAndTheNextFindsNoRoom() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      mount.shortenNthWrite(1);
      assertThat(channel.write(ByteBuffer.wrap("HELLO".getBytes(UTF_8)), 0)).isEqualTo(2);
      assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), 0))
          .hasMessage(Errno.ENOSPC.words());
      assertThat(file).hasContent("HEllo");
    }
  }

  @Test
  void writeIsMadeInPartAndTheNextOneGoesOn() throws IOException {
    Path file = dir.resolve("a");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap("HELLO".getBytes(UTF_8));
      mount.writeNthInPart(1);
      assertThat(channel.write(bytes)).isEqualTo(3);
      assertThat(channel.write(bytes)).isEqualTo(2);
      assertThat(file).hasContent("HELLO");
    }
  }

  @Test
  void forceOfADirectoryThatFailsHasDroppedWhatItWasToForce() throws IOException {
    Disk disk = Disk.system();
    Files.createFile(dir.resolve("a"));
    mount.dropNthDirectoryForce(1);
    assertThatThrownBy(() -> disk.forceDirectory(dir)).hasMessage(Errno.EIO.words());
    disk.forceDirectory(dir);
    assertThat(dir.resolve("a")).exists();
    mount.restart();
    assertThat(dir.resolve("a")).doesNotExist();
  }

  @Test
  void nthCallIsHeldUntilItIsReleasedAndOthersAreNot() throws Exception {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      mount.holdNth(1);
      CompletableFuture<Void> force = Threads.run(() -> channel.force(false));
      mount.awaitHeld();
      assertThat(file).hasContent("hello");
      assertThat(force).isNotDone();
      mount.release();
      Check.get(force);
    }
  }

  /** What it was to do is done, or not, and it learns of neither. */
  @Test
  void processIsKilledAtItsNthChange() throws Exception {
    for (boolean isMade : new boolean[] {false, true}) {
      clear();
      Process process =
          new ProcessBuilder("sh", "-c", "read go; for f in a b c; do : > " + dir + "/$f; done")
              .start();
      mount.killAtNthChange(2, process.pid(), isMade);
      process.getOutputStream().write('\n');
      process.getOutputStream().close();
      assertThat(process.waitFor()).isEqualTo(128 + 9);
      mount.kill();
      assertThat(dir.resolve("a")).exists();
      assertThat(Files.exists(dir.resolve("b"))).isEqualTo(isMade);
      assertThat(dir.resolve("c")).doesNotExist();
    }
  }

  @Test
  void powerCutLosesOrKeepsWhatWasNotForcedAndKeepsTheRest() throws IOException {
    Set<String> found = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      clear();
      Disk disk = Disk.system();
      try (DiskFile file = disk.create(dir.resolve("a"))) {
        file.write(ByteBuffer.wrap("old".getBytes(UTF_8)), 0);
        file.force(true);
        disk.forceDirectory(dir);
        file.write(ByteBuffer.wrap("new".getBytes(UTF_8)), 0);
        disk.create(dir.resolve("b")).close();
        mount.restart();
        assertThatThrownBy(file::size).isInstanceOf(IOException.class);
      }
      String bytes =
          Files.readString(dir.resolve("a"), java.nio.charset.StandardCharsets.ISO_8859_1);
      found.add(bytes.equals("old") || bytes.equals("new") ? bytes : "torn");
      found.add(Files.exists(dir.resolve("b")) ? "kept" : "lost");
    }
    assertThat(found).contains("old", "new", "kept", "lost");
  }

  @Test
  void nothingIsLostWhereOnlyTheProcessDies() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    mount.kill();
    assertThat(file).hasContent("hello");
  }

  @Test
  void forceThatFailsHasDroppedWhatItWasToForce() throws IOException {
    Disk disk = Disk.system();
    try (DiskFile file = disk.create(dir.resolve("a"))) {
      disk.forceDirectory(dir);
      file.write(ByteBuffer.wrap("hello".getBytes(UTF_8)), 0);
      mount.dropNthForce(1);
      assertThatThrownBy(() -> file.force(false)).hasMessage(Errno.EIO.words());
      file.force(false);
      assertThat(dir.resolve("a")).hasContent("hello");
    }
    mount.restart();
    assertThat(Files.readString(dir.resolve("a"))).isNotEqualTo("hello");
  }

  @Test
  void writesOfATextFailAndNoOthers() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    mount.failWritesOf("refused");
    assertThatThrownBy(() -> Files.writeString(dir.resolve("b"), "this is refused, too"))
        .hasMessageContaining(Errno.EIO.words());
    Files.writeString(file, "not this");
    assertThat(file).hasContent("not this");
    assertThat(dir.resolve("b")).isEmptyFile();
    mount.heal();
    Files.writeString(file, "refused no more");
    assertThat(file).hasContent("refused no more");
  }

  @Test
  void powerFailsAtAChangeAndStaysAway() throws IOException {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    mount.cutAfter(1);
    Files.createFile(dir.resolve("b"));
    assertThatThrownBy(() -> Files.createFile(dir.resolve("c")))
        .hasMessageContaining(Errno.EIO.words());
    mount.heal();
    assertThatThrownBy(() -> Files.readString(file)).hasMessageContaining(Errno.EIO.words());
    mount.restart();
    assertThat(dir).isDirectory();
  }

  @Test
  void callIsHeldUntilItIsReleasedAndOthersAreNot() throws Exception {
    Path file = Files.writeString(dir.resolve("a"), "hello");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      mount.hold("FSYNC");
      CompletableFuture<Void> force =
          CompletableFuture.runAsync(
              () -> {
                try {
                  channel.force(false);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      mount.awaitHeld();
      assertThat(file).hasContent("hello");
      assertThat(force).isNotDone();
      mount.release();
      force.get();
    }
  }

  /** As on any file system: whoever opens a name that is replaced finds the old file or the new. */
  @Test
  void fileThatIsReplacedWhileItIsOpenedIsFound() throws Exception {
    Path file = Files.writeString(dir.resolve("a"), "old");
    Path other = Files.writeString(dir.resolve("b"), "new");
    mount.hold("OPEN");
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(file);
              } catch (IOException e) {
                return e.toString();
              }
            });
    mount.awaitHeld();
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    mount.release();
    assertThat(read.get()).isIn("old", "new");
    assertThat(file).hasContent("new");
  }
}
