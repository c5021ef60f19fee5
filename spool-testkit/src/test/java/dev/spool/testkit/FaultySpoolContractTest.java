package dev.spool.testkit;

import org.example.toyspool.ToyFixture;

/** Without a fault, a faulty spool is a spool. */
class FaultySpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new ToyFixture().decorated(FaultySpool::new);
  }
}
