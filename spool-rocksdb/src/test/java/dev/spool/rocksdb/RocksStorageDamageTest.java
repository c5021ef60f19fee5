package dev.spool.rocksdb;

import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** Damage to every file, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksStorageDamageTest implements StorageDamageContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }

  /** What RocksDB itself has found missing of a log it does not miss again. */
  @Override
  public boolean tellsAgain() {
    return false;
  }

  /** Not what RocksDB writes for people. */
  @Override
  public boolean isStorage(Path file) {
    return StorageDamageContract.super.isStorage(file)
        && !file.getFileName().toString().startsWith("LOG");
  }
}
