package dev.spool.testkit;

import dev.spool.Spool;
import java.nio.file.Path;

/** What every group of the contract is built on: the fixture of the backend under test. */
public interface BackendContract {

  /** Returns the backend under test. */
  SpoolFixture fixture();

  /** Opens a spool with these settings: names and values in turn. */
  default Spool open(Path directory, String... settings) {
    return fixture().open(directory, Check.settings(settings), null);
  }

  /** Tells whether the backend declares a trait. */
  default boolean has(Trait trait) {
    return fixture().traits().contains(trait);
  }
}
