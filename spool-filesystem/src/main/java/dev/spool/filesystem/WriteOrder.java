package dev.spool.filesystem;

import dev.spool.SpoolId;
import java.util.concurrent.ConcurrentHashMap;
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
  private final ConcurrentHashMap<SpoolId, PendingWrite> last = new ConcurrentHashMap<>();

  /** Puts a new write behind those of its id. */
  void enter(PendingWrite write) {
    last.compute(
        write.id(),
        (id, before) -> {
          if (before != null) {
            write.blocked = true;
            before.successor = write;
          }
          return write;
        });
  }

  /**
   * Takes out a write that has been carried out, or has come to nothing.
   *
   * @return the next one of its id, which is not blocked any more; null if there is none
   */
  @Nullable PendingWrite leave(PendingWrite write) {
    if (last.remove(write.id(), write)) {
      return null;
    }
    PendingWrite next = write.successor;
    if (next != null) {
      next.blocked = false;
    }
    return next;
  }
}
