package dev.spool.rocksdb;

import dev.spool.testkit.ClockContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** A clock that steps, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksClockTest implements ClockContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
