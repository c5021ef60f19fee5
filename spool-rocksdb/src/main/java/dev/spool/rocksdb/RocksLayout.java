package dev.spool.rocksdb;

import dev.spool.support.ReservedNames;
import java.nio.file.Path;
import java.util.Set;

/**
 * Where things lie in the spool's directory, beside its marker and lock; {@code
 * docs/format-rocksdb.md} says the same for people.
 *
 * <p>The database has a directory of its own, since RocksDB locks a file {@code LOCK} in it by a
 * POSIX lock: closing that file would drop the spool's lock if it were the same one.
 */
record RocksLayout(Path directory) {
  /** The backend's URI scheme, and its name in markers. */
  static final String SCHEME = "rocksdb";

  /** The newest version of the format. */
  static final int VERSION = 1;

  /** What a spool of this release requires of whoever opens it. */
  static final Set<String> FEATURES = Set.of();

  /** The name of the database's directory. */
  static final String DATABASE = "db";

  /** The names of the spool's own files here. */
  static final String SYNCED = "SYNCED";

  static final String KNOWN_MANIFEST = "KNOWN-MANIFEST";

  static final String BALLAST = "BALLAST";

  /** Returns the directory of the database. */
  Path database() {
    return directory.resolve(DATABASE);
  }

  /**
   * Returns the file that tells how far the log is known to be synced; see {@link SyncedSequence}.
   */
  Path synced() {
    return directory.resolve(SYNCED);
  }

  /** Returns the file that says who has the spool open; there while somebody has. */
  Path owner() {
    return directory.resolve(ReservedNames.OWNER);
  }

  /** Returns the file that tells how long RocksDB's manifest is; see {@link KnownManifest}. */
  Path knownManifest() {
    return directory.resolve(KNOWN_MANIFEST);
  }

  /** Returns the file that is given up when there is no room; see {@link Ballast}. */
  Path ballast() {
    return directory.resolve(BALLAST);
  }
}
