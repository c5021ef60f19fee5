package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import dev.spool.testkit.FaultyDisk;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
