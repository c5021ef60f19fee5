package org.example.folderspool;

import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** The whole contract. */
@Tag("same-on-any-jdk")
class FolderSpoolTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }
}
