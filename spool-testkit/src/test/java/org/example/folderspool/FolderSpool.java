package org.example.folderspool;

import dev.spool.support.Disk;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.SpoolPaths;
import java.nio.file.Path;

/**
 * A spool of one file per message, in one directory, written by one thread, one after the other:
 * each is forced, renamed into its place, and the directory forced, at either level of durability.
 * Settings, locks, admission, deadlines and health are those of {@code spool-support}.
 */
final class FolderSpool extends LocalSpool {
  static final String SCHEME = "folder";

  /**
   * Opens it.
   *
   * @param storage runs when a write has begun
   */
  private FolderSpool(Builder settings, Runnable storage) {
    super(SCHEME, settings, context -> FolderEngine.open(settings, context, storage));
  }

  static Builder builder(Path directory) {
    return new Builder(directory);
  }

  /** The settings: those that all backends have. */
  static final class Builder extends LocalSpoolBuilder<Builder> {
    final Path directory;
    Disk disk = Disk.system();

    private Builder(Path directory) {
      super(SpoolPaths.name(directory));
      this.directory = directory;
    }

    @Override
    protected Builder self() {
      return this;
    }

    /** The disk to use, for tests. */
    Builder disk(Disk other) {
      disk = other;
      return this;
    }

    boolean readOnly() {
      return isReadOnly();
    }

    FolderSpool open() {
      return open(() -> {});
    }

    FolderSpool open(Runnable storage) {
      return new FolderSpool(this, storage);
    }
  }
}
