package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.support.Disk;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.FaultContract;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.SpoolFixture;
import java.nio.file.Path;
import java.util.Map;

/** Faults and kills, for the file backend. */
class FileReliabilityTest implements KillContract, FaultContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }

  @Override
  public Spool openOn(Disk disk, Path directory) {
    return FileSpool.builder(directory)
        .disk(disk)
        .settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0"))
        .open();
  }
}
