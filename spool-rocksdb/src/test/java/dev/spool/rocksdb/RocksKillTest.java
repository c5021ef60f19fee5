package dev.spool.rocksdb;

import dev.spool.testkit.KillContract;
import dev.spool.testkit.SpoolFixture;

/** Kills, for the RocksDB backend. */
class RocksKillTest implements KillContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
