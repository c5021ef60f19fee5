package dev.spool.filesystem;

import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Calls of the operating system that fail or are forgotten, for the file backend: what {@link
 * FileReliabilityTest} tries on a disk in memory, through the JDK and the kernel.
 */
@EnabledIfSystemProperty(
    named = "spool.stress",
    matches = "true",
    disabledReason = "skipped: in the long form only, -Pstress")
class FileFaultTest implements MountedFaultContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }
}
