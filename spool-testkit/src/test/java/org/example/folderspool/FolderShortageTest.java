package org.example.folderspool;

import dev.spool.testkit.ShortageContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** Descriptors, heap, inodes and bytes that are used up. */
@Tag("same-on-any-jdk")
class FolderShortageTest implements ShortageContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }

  @Override
  public int shortages() {
    return 3;
  }
}
