package dev.spool.filesystem;

import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.ShortageContract;
import dev.spool.testkit.SpoolFixture;

/** Without descriptors or inodes, for the file backend. */
class FileShortageTest implements ShortageContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }
}
