package org.example.folderspool;

import dev.spool.testkit.ClockContract;
import dev.spool.testkit.SpoolFixture;
import org.junit.jupiter.api.Tag;

/** A clock that steps. */
@Tag("same-on-any-jdk")
class FolderClockTest implements ClockContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }

  @Override
  public int clockLives() {
    return 2;
  }
}
