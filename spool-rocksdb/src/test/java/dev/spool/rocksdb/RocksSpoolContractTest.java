package dev.spool.rocksdb;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for the RocksDB backend. */
class RocksSpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
