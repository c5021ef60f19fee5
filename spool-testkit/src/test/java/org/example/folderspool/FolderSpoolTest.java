package org.example.folderspool;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;

/** The whole contract. */
class FolderSpoolTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }
}
