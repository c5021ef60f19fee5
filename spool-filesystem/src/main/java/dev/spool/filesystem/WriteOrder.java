package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the writes of each id in the order in which they came. Different ids pass each other, and
 * files are written side by side; but what changes a name waits for the change of the same name
 * that came before.
 *
 * <p>Thread-safe. Holds what is under way, which admission bounds.
 */
final class WriteOrder {
  /** The last write of each id that has one under way. */
  @GuardedBy("this")
  private final Map<SpoolId, PendingWrite> last = new HashMap<>();

  /** Puts a new write behind those of its id. */
  synchronized void enter(PendingWrite write) {
    PendingWrite before;
    try {
      before = last.put(write.id(), write);
    } catch (OutOfMemoryError | InternalError e) {
      last.remove(write.id(), write); // it may be there, and those behind it would wait for ever
      throw e;
    }
    if (before != null) {
      write.blocked = true;
      before.successor = write;
    }
  }

  /**
   * Notes that a write could be carried out now.
   *
   * @return whether it may be; if not, whoever carries out the one before it gets it from {@link
   *     #leave}
   */
  synchronized boolean arrive(PendingWrite write) {
    write.arrived = true;
    return !write.blocked;
  }

  /**
   * Takes out a write that has been carried out, or has come to nothing.
   *
   * @return the next one of its id, if it has arrived and waits; the caller has to carry it out
   */
  synchronized @Nullable PendingWrite leave(PendingWrite write) {
    if (last.remove(write.id(), write)) {
      return null;
    }
    PendingWrite next = write.successor;
    if (next == null) {
      return null;
    }
    next.blocked = false;
    return next.arrived ? next : null;
  }
}
