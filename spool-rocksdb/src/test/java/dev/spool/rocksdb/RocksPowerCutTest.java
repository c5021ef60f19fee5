package dev.spool.rocksdb;

import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;

/** Power cuts on real file systems, for the RocksDB backend. */
class RocksPowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
