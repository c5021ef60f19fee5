package dev.spool.filesystem;

import dev.spool.testkit.ClockContract;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** A clock that steps, for the file backend. */
@Tag("same-on-any-jdk")
class FileClockTest implements ClockContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }
}
