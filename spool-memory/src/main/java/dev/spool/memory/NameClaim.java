package dev.spool.memory;

import dev.spool.SpoolLockedException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The claim of an open spool on its name, within this process: two with one name would be taken for
 * the same.
 */
final class NameClaim implements AutoCloseable {
  private static final Set<String> CLAIMED = ConcurrentHashMap.newKeySet();

  private final String name;

  private NameClaim(String name) {
    this.name = name;
  }

  /**
   * Claims a name.
   *
   * @throws SpoolLockedException if it is claimed already
   */
  static NameClaim of(String name) {
    if (!CLAIMED.add(name)) {
      throw new SpoolLockedException(
          "memory:" + name, "this process (pid " + ProcessHandle.current().pid() + ")");
    }
    return new NameClaim(name);
  }

  /** Gives the name up. Called once. */
  @Override
  public void close() {
    CLAIMED.remove(name);
  }
}
