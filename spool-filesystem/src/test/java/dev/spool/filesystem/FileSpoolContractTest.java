package dev.spool.filesystem;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for the file backend. */
class FileSpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new FileFixture();
  }
}
