package dev.spool.journal;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract, for the journal backend. */
class JournalSpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
