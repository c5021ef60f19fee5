package dev.spool.cache;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for a cache around the memory backend: too small for all that is stored. */
class CachedMemorySpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new MemoryFixture().decorated(spool -> CachingSpool.wrap(spool, 2 << 20));
  }
}
