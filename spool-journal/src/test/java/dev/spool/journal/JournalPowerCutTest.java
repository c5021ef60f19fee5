package dev.spool.journal;

import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Power cuts on real file systems, for the journal backend. */
@Tag("same-on-any-jdk")
class JournalPowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
