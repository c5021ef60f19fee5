package dev.spool.support;

import java.util.Set;

/** The names in a spool directory that belong to the spool itself, whatever the backend. */
public final class ReservedNames {
  /** The marker: what makes a directory a spool. */
  public static final String MARKER = "SPOOL";

  /** The marker while it is being written. */
  static final String MARKER_TEMPORARY = "SPOOL.tmp";

  /** Locked by whoever has the spool open; holds nothing, and is never deleted. */
  public static final String LOCK = "LOCK";

  /** Tells who has the lock, for people. */
  public static final String OWNER = "OWNER";

  /** The owner's file while it is being written. */
  static final String OWNER_TEMPORARY = "OWNER.tmp";

  /**
   * What {@code mkfs} puts at the root of a file system, and so of a spool that has one of its own.
   */
  static final String LOST_AND_FOUND = "lost+found";

  private static final Set<String> ALL =
      Set.of(MARKER, MARKER_TEMPORARY, LOCK, OWNER, OWNER_TEMPORARY, LOST_AND_FOUND);

  private ReservedNames() {}

  /** Tells whether an entry of a spool directory is not the backend's. */
  public static boolean contains(String name) {
    return ALL.contains(name);
  }
}
