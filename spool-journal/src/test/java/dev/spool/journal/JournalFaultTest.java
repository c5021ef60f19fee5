package dev.spool.journal;

import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Calls of the operating system that fail or are forgotten, for the journal backend: what {@link
 * JournalReliabilityTest} tries on a disk in memory, through the JDK and the kernel.
 */
@EnabledIfSystemProperty(
    named = "spool.stress",
    matches = "true",
    disabledReason = "skipped: in the long form only, -Pstress")
class JournalFaultTest implements MountedFaultContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }
}
