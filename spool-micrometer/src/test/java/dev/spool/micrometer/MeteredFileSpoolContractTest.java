package dev.spool.micrometer;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** The whole contract, for the file backend while it is measured. */
class MeteredFileSpoolContractTest implements SpoolContract {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Override
  public SpoolFixture fixture() {
    return new FileFixture().decorated(spool -> new MeteredSpool(spool, registry));
  }
}
