package dev.spool.rocksdb;

import dev.spool.testkit.KillContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;

/** Kills, and two processes at once, for the RocksDB backend. */
class RocksKillTest implements KillContract, OpeningContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
