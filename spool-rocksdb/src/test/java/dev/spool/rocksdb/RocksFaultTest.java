package dev.spool.rocksdb;

import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;

/** Calls of the native library that fail or are forgotten, for the RocksDB backend. */
class RocksFaultTest implements MountedFaultContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
