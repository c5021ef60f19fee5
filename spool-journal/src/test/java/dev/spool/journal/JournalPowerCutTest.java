package dev.spool.journal;

import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;

/** Power cuts on real file systems, for the journal backend. */
class JournalPowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
