package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.testkit.FaultyDisk;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** What is looked at while the database is open: damage by files is in DamagedFilesTest. */
class KnownManifestTest {
  @Test
  void whatCannotBeReadNowIsNotTakenForDamaged(@TempDir Path dir) throws Exception {
    NativeLibrary.load(null);
    RocksLayout layout = new RocksLayout(dir);
    FaultyDisk disk = new FaultyDisk(Disk.system());
    KnownManifest manifest = new KnownManifest(disk, layout);
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, layout.database().toString())) {
      disk.failAll(
          FaultyDisk.Operation.OPEN,
          () -> new FileSystemException("CURRENT", null, "Too many open files"));
      assertThatThrownBy(() -> manifest.look(db))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("Too many open files");

      disk.heal();
      manifest.look(db);
    }
    new KnownManifest(Disk.system(), layout).requireWhole();
  }

  /** RocksDB reads the file that CURRENT names, with as many digits as there are. */
  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST-%06d", "MANIFEST-%07d", "MANIFEST-%018d"})
  void manifestIsTheFileThatCurrentNames(String format, @TempDir Path dir) throws Exception {
    NativeLibrary.load(null);
    RocksLayout layout = new RocksLayout(dir);
    Path current = layout.database().resolve("CURRENT");
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, layout.database().toString())) {
      new KnownManifest(Disk.system(), layout).look(db);
    }
    String name = Files.readString(current).strip();
    String other =
        String.format(Locale.ROOT, format, Integer.parseInt(name.substring("MANIFEST-".length())));
    Path manifest = layout.database().resolve(other);
    Files.move(layout.database().resolve(name), manifest);
    Files.writeString(current, other + "\n");
    new KnownManifest(Disk.system(), layout).requireWhole();
    try (Options options = new Options();
        RocksDB db = RocksDB.openReadOnly(options, layout.database().toString())) {
      assertThat(db.getLatestSequenceNumber()).isZero(); // so RocksDB reads it, too
    }

    Files.write(manifest, Arrays.copyOf(Files.readAllBytes(manifest), 10));
    assertThatThrownBy(() -> new KnownManifest(Disk.system(), layout).requireWhole())
        .isInstanceOfSatisfying(
            SpoolIOException.class, e -> assertThat(e.detail()).contains(" has 10 bytes"));
  }
}
