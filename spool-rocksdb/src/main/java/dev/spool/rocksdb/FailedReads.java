package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What could not be read, to be tried again before the spool believes in its storage again: a
 * bounded number of messages and of key ranges. Safe for use by any thread.
 */
final class FailedReads {
  private static final int MAX = 64;

  /**
   * Keys in order, from one, or the first of all if that is null, up to but without another, or the
   * end.
   */
  static final class KeyRange {
    final byte @Nullable [] from;
    final byte @Nullable [] to;

    KeyRange(byte @Nullable [] from, byte @Nullable [] to) {
      this.from = from;
      this.to = to;
    }

    /** Returns one without a key, where reading failed: it is read again by looking there. */
    static KeyRange at(byte @Nullable [] place) {
      return new KeyRange(place, place == null ? new byte[0] : place);
    }
  }

  @GuardedBy("this")
  private final Set<SpoolId> messages = new LinkedHashSet<>();

  @GuardedBy("this")
  private final List<KeyRange> ranges = new ArrayList<>();

  synchronized void add(SpoolId id) {
    if (messages.size() < MAX) {
      messages.add(id);
    }
  }

  synchronized void add(KeyRange range) {
    if (ranges.size() < MAX) {
      ranges.add(range);
    }
  }

  synchronized List<SpoolId> messages() {
    return List.copyOf(messages);
  }

  synchronized List<KeyRange> ranges() {
    return List.copyOf(ranges);
  }

  /** Forgets what could be read meanwhile. */
  synchronized void readable(List<SpoolId> readMessages, List<KeyRange> readRanges) {
    messages.removeAll(readMessages);
    ranges.removeAll(readRanges);
  }
}
