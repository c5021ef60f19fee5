package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is written over when nothing and nobody needs what is in it. */
class RecycledFilesTest {
  private static final Path FILE = Path.of("tmp", "1.tmp");
  private static final Path OTHER = Path.of("tmp", "2.tmp");

  private static final Set<PosixFilePermission> NO_MODE = Set.of();
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path dir;
  private final RecycledFiles files = new RecycledFiles(true);

  /** A spool that was opened with another mode may have left them. */
  @Test
  void messageGetsNoFileOfAnotherMode() throws IOException {
    List<SpoolId> old = Stream.generate(TestSpools::id).limit(20).toList();
    try (FileSpool spool = FileSpool.builder(dir).fileMode("0644").recycling(true).open()) {
      old.forEach(id -> TestSpools.get(spool.store(id, MESSAGE)));
    }
    try (FileSpool spool = FileSpool.builder(dir).recycling(true).open()) {
      for (SpoolId id : old) {
        SpoolId stored = TestSpools.id();
        TestSpools.get(spool.store(stored, MESSAGE));
        assertThat(Files.getPosixFilePermissions(new FileLayout(dir).file(stored)))
            .containsExactlyInAnyOrder(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        TestSpools.get(spool.remove(id, Durability.SYNC, null));
      }
      storeAndRemove(spool);
      assertThat(spool.stats().value("files.recycled").orElseThrow()).isPositive();
    }
  }

  /** Its blocks cannot be trusted any more, and the old names of others may come back. */
  @Test
  void nothingIsWrittenOverAfterAForceHasFailed() {
    for (ForwardingDisk.Change force :
        List.of(ForwardingDisk.Change.FORCE, ForwardingDisk.Change.FORCE_DIRECTORY)) {
      AtomicBoolean failing = new AtomicBoolean();
      ForwardingDisk disk =
          new ForwardingDisk() {
            @Override
            void before(Change change, Path path) throws IOException {
              if (change == force && path.toString().contains("/data/") && failing.get()) {
                throw new FileSystemException(path.toString(), null, "Input/output error");
              }
            }
          };
      FileSpool.Builder settings =
          FileSpool.builder(dir).disk(disk).recycling(true).errorUnlatchDuration(Duration.ZERO);
      try (FileSpool spool = settings.open()) {
        SpoolId id = TestSpools.id();
        TestSpools.get(spool.store(id, MESSAGE, Durability.BUFFERED, null));
        failing.set(true);
        assertThat(TestSpools.failure(spool.compact())).isInstanceOf(SpoolIOException.class);
        failing.set(false);
        TestSpools.awaitStores(spool);
        TestSpools.get(spool.remove(id));
        storeAndRemove(spool);
        assertThat(spool.stats().value("files.recycled")).hasValue(0);
      }
    }
  }

  private static void storeAndRemove(FileSpool spool) {
    for (int i = 0; i < 20; i++) {
      SpoolId id = TestSpools.id();
      TestSpools.get(spool.store(id, MESSAGE));
      TestSpools.get(spool.remove(id, Durability.SYNC, null));
    }
  }

  @Test
  void waitsForAForceThatBeganAfterItLostItsName() {
    files.add(7, FILE);
    List<Path> begunBefore = files.forcing(7);
    files.add(7, OTHER);
    assertThat(files.take(true)).isNull();
    files.forced(begunBefore);
    assertThat(files.take(true)).isEqualTo(FILE);
    assertThat(files.take(true)).isNull();
  }

  @Test
  void waitsForAForceOfItsOwnDirectory() {
    files.add(7, FILE);
    files.forced(files.forcing(8));
    assertThat(files.take(true)).isNull();
  }

  @Test
  void waitsForWhoReadsIt() {
    int reading = files.readers().begin();
    force(FILE);
    assertThat(files.take(true)).isNull();
    int begunLater = files.readers().begin();
    assertThat(files.take(true)).isNull();
    files.readers().end(reading);
    assertThat(files.take(true)).isEqualTo(FILE);
    files.readers().end(begunLater);
  }

  @Test
  void isNotGivenToWhoDoesNotForceIt() {
    force(FILE);
    assertThat(files.take(false)).isNull();
    assertThat(files.take(true)).isEqualTo(FILE);
  }

  @Test
  void isNeverUsedAgainAfterAForceThatFailed() {
    files.add(7, FILE);
    files.forget(files.forcing(7));
    files.forced(files.forcing(7));
    assertThat(files.take(true)).isNull();
    assertThat(files.takeAll()).isEmpty();
  }

  @Test
  void areBoundedInNumberAndSize() {
    assertThat(files.asksForMode()).isTrue();
    files.takeMode(NO_MODE);
    assertThat(files.wants(16 << 10, NO_MODE)).isTrue();
    assertThat(files.wants((16 << 10) + 1, NO_MODE)).isFalse();
    for (int i = 0; files.wants(4096, NO_MODE); i++) {
      assertThat(i).isLessThan(4096);
      files.add(i % 10, Path.of("tmp", i + ".tmp"));
    }
    assertThat(files.dueSlots()).hasSize(10);
    assertThat(files.takeAll()).hasSize(4096);
  }

  @Test
  void areKeptOnlyWhereThatIsAskedFor() {
    assertThat(new RecycledFiles(false).wants(1, NO_MODE)).isFalse();
  }

  private void force(Path file) {
    files.add(7, file);
    files.forced(files.forcing(7));
  }
}
