package org.example.toyspool;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for a backend that knows of nothing but the API. */
class ToySpoolTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new ToyFixture();
  }
}
