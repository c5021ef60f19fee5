package dev.spool.cache;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for a cache around the file backend: too small for all that is stored. */
class CachedFileSpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new FileFixture().decorated(spool -> CachingSpool.wrap(spool, 2 << 20));
  }
}
