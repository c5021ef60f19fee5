package dev.spool.rocksdb;

import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Calls of the native library that fail or are forgotten, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksFaultTest implements MountedFaultContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
