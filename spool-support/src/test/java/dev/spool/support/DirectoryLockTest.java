package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.SpoolLockedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Locks are held, and not otherwise used.
final class DirectoryLockTest {
  @TempDir private Path directory;

  private final Disk disk = Disk.system();

  /** Tries for the lock, says what came of it, and keeps it until its standard input ends. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      try (DirectoryLock lock = DirectoryLock.acquire(Disk.system(), Path.of(arguments[0]))) {
        System.out.println("locked");
        System.in.read();
      } catch (SpoolLockedException e) {
        System.out.println(e.detail());
      }
    }
  }

  private ChildJvm child() throws IOException {
    return ChildJvm.start(Child.class, directory.toString());
  }

  private void assertHeldByThisProcess() throws IOException {
    try (ChildJvm child = child()) {
      assertThat(child.line())
          .contains("pid " + ProcessHandle.current().pid() + " on host ", "started at ");
    }
  }

  @Test
  void aSecondOpenerInTheProcessIsRefusedUntilTheFirstCloses() throws IOException {
    try (DirectoryLock lock = DirectoryLock.acquire(disk, directory)) {
      assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
          .isInstanceOf(SpoolLockedException.class)
          .satisfies(
              e ->
                  assertThat(((SpoolLockedException) e).detail())
                      .contains(
                          directory.toString(),
                          "this process, pid " + ProcessHandle.current().pid(),
                          "on host " + Owner.self().host(),
                          "started at " + Owner.self().started()));
    }
    DirectoryLock.acquire(disk, directory).close();
  }

  @Test
  void everySpellingOfThePathIsTheSameDirectory() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    try (DirectoryLock lock = DirectoryLock.acquire(disk, link)) {
      List<Path> spellings =
          List.of(
              directory,
              directory.resolve("."),
              link.resolve("link"),
              directory.resolve("..").resolve(directory.getFileName()),
              Path.of("").toAbsolutePath().relativize(directory));
      for (Path spelling : spellings) {
        assertThatThrownBy(() -> DirectoryLock.acquire(disk, spelling))
            .isInstanceOf(SpoolLockedException.class);
      }
    }
  }

  @Test
  void theLockFileHoldsNothingAndIsNeverDeleted() throws IOException {
    Path file = directory.resolve("LOCK");
    DirectoryLock lock = DirectoryLock.acquire(disk, directory);
    Object inode = disk.facts(file).fileKey();
    lock.close();
    assertThat(file).isEmptyFile();
    DirectoryLock.acquire(disk, directory).close();
    assertThat(disk.facts(file).fileKey()).isEqualTo(inode);
  }

  @Test
  void neitherRefusingNorReadingTheOwnerLosesTheLock() throws IOException {
    try (DirectoryLock lock = DirectoryLock.acquire(disk, directory)) {
      assertHeldByThisProcess();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
            .isInstanceOf(SpoolLockedException.class);
        assertThat(Owner.read(disk, directory)).contains(Owner.self());
        assertThat(Files.readString(directory.resolve("OWNER")))
            .contains("pid=" + ProcessHandle.current().pid() + "\n");
      }
      assertHeldByThisProcess();
    }
    try (ChildJvm child = child()) {
      assertThat(child.line()).isEqualTo("locked");
    }
  }

  @Test
  void anotherProcessHoldsItUntilItIsKilled() throws Exception {
    try (ChildJvm child = child()) {
      assertThat(child.line()).isEqualTo("locked");
      SpoolLockedException refusal =
          catchThrowableOfType(
              SpoolLockedException.class, () -> DirectoryLock.acquire(disk, directory));
      Owner owner = Owner.read(disk, directory).orElseThrow();
      assertThat(owner.pid()).isEqualTo(child.pid());
      assertThat(refusal.detail())
          .contains(
              "pid " + child.pid(), "on host " + owner.host(), "started at " + owner.started())
          .doesNotContain("this process", "no such process");
      // Having been refused, this process must not have left anything behind that bars it from
      // trying again.
      assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
          .isInstanceOf(SpoolLockedException.class);
      child.kill();
      assertThat(Owner.read(disk, directory)).contains(owner);
    }
    try (DirectoryLock lock = DirectoryLock.acquire(disk, directory)) {
      assertThat(Owner.read(disk, directory)).contains(Owner.self());
    }
    assertThat(Owner.read(disk, directory)).isEmpty();
  }

  @Test
  void ofTwoThreadsOneGetsIt() throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    CyclicBarrier end = new CyclicBarrier(2);
    AtomicInteger refused = new AtomicInteger();
    Callable<Boolean> race =
        () -> {
          start.await();
          DirectoryLock lock = null;
          try {
            lock = DirectoryLock.acquire(disk, directory);
          } catch (SpoolLockedException e) {
            refused.incrementAndGet();
          }
          end.await();
          if (lock != null) {
            lock.close();
          }
          return lock != null;
        };
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 500; round++) {
        List<Future<Boolean>> both = pool.invokeAll(List.of(race, race));
        assertThat(both.get(0).get()).isNotEqualTo(both.get(1).get());
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(refused).hasValue(500);
  }

  @Test
  void closingAgainDoesNotTakeTheLockFromItsNextOwner() throws IOException {
    DirectoryLock first = DirectoryLock.acquire(disk, directory);
    first.close();
    try (DirectoryLock second = DirectoryLock.acquire(disk, directory)) {
      first.close();
      assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
          .isInstanceOf(SpoolLockedException.class);
      assertHeldByThisProcess();
    }
  }

  @Test
  void aLockOfStrangersInThisProcessIsRespectedAndSurvives() throws IOException {
    Path file = directory.resolve("LOCK");
    try (FileChannel strangers =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(strangers.lock()).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
          .isInstanceOf(SpoolLockedException.class);
      try (ChildJvm child = child()) {
        assertThat(child.line()).contains("is open already");
      }
    }
  }

  @Test
  void onAFullDiskItLocksAndNamesNobodyRatherThanTheOwnerBefore() throws IOException {
    Files.writeString(
        directory.resolve("OWNER"), "pid=1\nhost=elsewhere\nstarted=2026-01-01T00:00:00Z\n");
    Disk full =
        new ForwardingDisk() {
          @Override
          public DiskFile create(Path file) throws IOException {
            if (file.endsWith("LOCK")) {
              return super.create(file);
            }
            throw new FileSystemException(file.toString(), null, "No space left on device");
          }
        };
    try (DirectoryLock lock = DirectoryLock.acquire(full, directory)) {
      assertThat(Owner.read(disk, directory)).isEmpty();
      try (ChildJvm child = child()) {
        assertThat(child.line()).contains("an unknown process");
      }
    }
  }

  @Test
  void whatOwnerSaysIsReadWithDistrust() throws IOException {
    for (String text : List.of("", "pid=x\nhost=y\nstarted=z\n", "=\n\0", "pid=5\nhost=h\n")) {
      Files.writeString(directory.resolve("OWNER"), text);
      assertThat(Owner.read(disk, directory)).isEmpty();
    }
    Files.writeString(directory.resolve("OWNER"), "x".repeat(100_000));
    assertThat(Owner.read(disk, directory)).isEmpty();
    Owner gone = new Owner(Long.MAX_VALUE, Owner.self().host(), Owner.self().started());
    assertThat(gone.describe()).contains("no such process is seen here");
  }

  @Test
  void aLockFileThatIsALinkIsNotFollowed() throws IOException {
    Path outside = Files.createFile(directory.resolve("outside"));
    Files.createSymbolicLink(directory.resolve("LOCK"), outside);
    assertThatThrownBy(() -> DirectoryLock.acquire(disk, directory))
        .isInstanceOf(IOException.class);
    Files.delete(directory.resolve("LOCK"));
    DirectoryLock.acquire(disk, directory).close();
  }

  @Test
  void aDirectoryThatIsNotThereIsAnErrorAndLeavesNoClaim() throws IOException {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> DirectoryLock.acquire(disk, missing)).isInstanceOf(IOException.class);
    Files.createDirectory(missing);
    DirectoryLock.acquire(disk, missing).close();
  }
}
