package dev.spool.rocksdb;

import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Power cuts on real file systems, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksPowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
