package org.example.folderspool;

import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Calls of the operating system that fail, stall or are forgotten. */
@Tag("same-on-any-jdk")
class FolderMountedFaultTest implements MountedFaultContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }

  @Override
  public int faults() {
    return 3;
  }
}
