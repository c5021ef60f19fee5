package dev.spool.journal;

import dev.spool.testkit.ShortageContract;
import dev.spool.testkit.SpoolFixture;

/** Without descriptors or inodes, for the journal backend. */
class JournalShortageTest implements ShortageContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
