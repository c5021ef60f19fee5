package dev.spool.rocksdb;

import dev.spool.testkit.KillContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Kills, and two processes at once, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksKillTest implements KillContract, OpeningContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }
}
