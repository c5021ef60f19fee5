package dev.spool.filesystem;

import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Power cuts on real file systems, for the file backend. */
@Tag("same-on-any-jdk")
class FilePowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }
}
