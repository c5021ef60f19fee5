package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.MemoryFixture;
import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The whole contract, for the memory backend while it is measured for Prometheus. */
class MeteredMemorySpoolContractTest implements SpoolContract {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture(MeteredMemorySpoolContractTest::open)
        .decorated(spool -> new MeteredSpool(spool, registry));
  }

  private static Spool open(
      String name, Map<String, String> settings, @Nullable Executor callbacks) {
    MemorySpool.Builder builder = MemorySpool.builder(name).settings(settings);
    if (callbacks != null) {
      builder.callbackExecutor(callbacks);
    }
    return builder.open();
  }
}
