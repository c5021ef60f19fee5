package dev.spool.memory;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

class MemorySpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture();
  }
}
