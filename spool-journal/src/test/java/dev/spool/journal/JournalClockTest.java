package dev.spool.journal;

import dev.spool.testkit.ClockContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** A clock that steps, for the journal backend. */
@Tag("same-on-any-jdk")
class JournalClockTest implements ClockContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
