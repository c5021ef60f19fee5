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

  /** Not what RocksDB writes for people. */
  @Override
  public boolean isStorage(Path file) {
    return StorageDamageContract.super.isStorage(file)
        && !file.getFileName().toString().startsWith("LOG");
  }
}
