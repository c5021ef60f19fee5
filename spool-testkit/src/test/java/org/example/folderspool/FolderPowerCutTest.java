package org.example.folderspool;

import dev.spool.testkit.PowerCutContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Power cuts on real file systems. */
@Tag("same-on-any-jdk")
class FolderPowerCutTest implements PowerCutContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }

  @Override
  public int powerCuts() {
    return 1;
  }
}
