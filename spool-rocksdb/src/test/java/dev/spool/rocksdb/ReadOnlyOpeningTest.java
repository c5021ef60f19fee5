package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.support.Disk;
import dev.spool.support.LocalSpool;
import dev.spool.testkit.FaultyDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a read-only opening has opened and does not use is closed again, wherever it fails. */
@EnabledOnOs(OS.LINUX)
class ReadOnlyOpeningTest {
  private final FaultyDisk disk = new FaultyDisk(Disk.system());
  @TempDir private Path dir;

  @BeforeEach
  void makeATable() {
    try (RocksSpool spool = builder().open()) {
      new Ledger().storeAll(spool, 10, 1000);
      Spooled.get(spool.compact());
    }
  }

  @Test
  void databaseThatIsOpenedAgainSinceItsManifestCouldNotBeAsked() throws IOException {
    long asked = openDatabase();
    assertThat(asked).isGreaterThan(4);
    for (long n = 1; n <= asked; n++) {
      disk.failNth(n, false, () -> new IOException("no answer"));
      openDatabase();
      assertThat(openFiles()).as("after failure " + n).isEmpty();
    }
  }

  /** Returns how much was asked. */
  private long openDatabase() throws IOException {
    long before = disk.operations();
    DbHandle handle = ReadOnlyEngine.open(disk, new RocksLayout(dir), builder().settings());
    long after = disk.operations();
    assertThat(openFiles()).isNotEmpty();
    DatabaseOpening.discard(handle);
    return after - before;
  }

  @Test
  void spoolThatCannotBeOpened() throws IOException {
    long asked = openSpool();
    assertThat(openFiles()).isEmpty();
    int failures = 0;
    for (long n = 1; n <= asked; n++) {
      disk.failNth(n, false, () -> new IOException("no answer"));
      try {
        openSpool();
      } catch (SpoolException e) {
        failures++;
      }
      assertThat(openFiles()).as("after failure " + n).isEmpty();
    }
    assertThat(failures).isPositive();
  }

  /** Returns how much was asked. */
  private long openSpool() throws IOException {
    long before = disk.operations();
    try (LocalSpool spool = new Read(builder(), disk, dir)) {
      long after = disk.operations();
      assertThat(openFiles()).isNotEmpty();
      assertThat(Spooled.enumerate(spool)).hasSize(10);
      return after - before;
    }
  }

  /** Returns which files of the spool this process has open. */
  private List<String> openFiles() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith(dir.toRealPath() + "/db/")) {
            open.add(target);
          }
        }
      }
    }
    return open;
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir).settings(Map.of("ballast", "0", "minFreeSpace", "0"));
  }

  /** A spool that is only read, on a disk that fails. */
  private static final class Read extends LocalSpool {
    Read(RocksSpool.Builder settings, Disk disk, Path dir) {
      super(
          "rocksdb",
          settings.readOnly(true),
          context ->
              Threads.call(
                  context, () -> ReadOnlyEngine.open(context, settings.settings(), disk, dir)));
    }
  }
}
