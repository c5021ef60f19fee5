package dev.spool.micrometer;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** The whole contract, for the memory backend while it is measured for Prometheus. */
class MeteredMemorySpoolContractTest implements SpoolContract {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture().decorated(spool -> new MeteredSpool(spool, registry));
  }
}
