package dev.spool.memory;

import dev.spool.Spool;
import dev.spool.testkit.MemoryFixture;
import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The whole contract, for the memory backend. */
class MemorySpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture(MemorySpoolContractTest::open);
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
