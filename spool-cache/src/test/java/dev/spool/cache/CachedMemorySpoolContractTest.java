package dev.spool.cache;

import dev.spool.Spool;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.MemoryFixture;
import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The whole contract, for a cache around the memory backend: too small for all that is stored. */
class CachedMemorySpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture(CachedMemorySpoolContractTest::open)
        .decorated(spool -> CachingSpool.wrap(spool, 2 << 20));
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
