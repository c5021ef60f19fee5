package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolId;
import java.util.Iterator;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which messages have been written and not forced, so that a shutdown can. Most are
 * removed before that. Bounded: who adds one to a full set has to force the oldest.
 *
 * <p>Thread-safe.
 */
final class BufferedFiles {
  private final int limit;

  @GuardedBy("this")
  private final LinkedHashSet<SpoolId> ids = new LinkedHashSet<>();

  /** Makes a set that is full with {@code limit} ids. */
  BufferedFiles(int limit) {
    this.limit = limit;
  }

  synchronized void add(SpoolId id) {
    ids.add(id);
  }

  synchronized void remove(SpoolId id) {
    ids.remove(id);
  }

  /** Takes the oldest out if there are too many. */
  synchronized @Nullable SpoolId takeExcess() {
    return ids.size() > limit ? take() : null;
  }

  /** Takes the oldest out; null if there is none. */
  synchronized @Nullable SpoolId take() {
    Iterator<SpoolId> oldest = ids.iterator();
    if (!oldest.hasNext()) {
      return null;
    }
    SpoolId id = oldest.next();
    oldest.remove();
    return id;
  }

  synchronized int size() {
    return ids.size();
  }
}
