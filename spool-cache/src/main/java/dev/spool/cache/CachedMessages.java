package dev.spool.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages themselves, bounded by bytes. No array in it is known outside of this class: what
 * goes in is a copy, and so is what comes out.
 *
 * <p>Caffeine does its upkeep on the calling threads, so that the cache has no thread of its own
 * and uses no common pool. Safe for use by any thread.
 */
final class CachedMessages {
  private final long maxBytes;
  private final Cache<SpoolId, byte[]> messages;
  final Policy.Eviction<SpoolId, byte[]> bound;

  CachedMessages(long maxBytes) {
    this.maxBytes = maxBytes;
    messages =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((SpoolId id, byte[] message) -> weight(message))
            .executor(Runnable::run)
            .recordStats()
            .build();
    bound = messages.policy().eviction().orElseThrow();
  }

  private static int weight(byte[] message) {
    return (int) Math.min(Integer.MAX_VALUE, (long) message.length + CachingSpool.OVERHEAD_BYTES);
  }

  /** Returns a copy of the message, or null if it is not here; counts a hit or a miss. */
  byte @Nullable [] get(SpoolId id) {
    byte[] message = messages.getIfPresent(id);
    return message == null ? null : message.clone();
  }

  /** Returns a copy to {@link #put}, or null if the message is too large to be kept at all. */
  byte @Nullable [] copyToKeep(byte[] message) {
    return weight(message) > maxBytes ? null : message.clone();
  }

  /** Takes a copy that nobody else has. */
  void put(SpoolId id, byte[] copy) {
    messages.put(id, copy);
  }

  /**
   * Evicts what is beyond the bound. Whoever has put something in calls it: a put that meets the
   * upkeep of another thread leaves its own share to the next call, which may be long in coming.
   */
  void trim() {
    messages.cleanUp();
  }

  void remove(SpoolId id) {
    messages.invalidate(id);
  }

  /** Removes everything; returns the bytes that were freed. */
  long drop() {
    long bytes = 0;
    Map<SpoolId, byte[]> all = messages.asMap();
    for (Iterator<SpoolId> ids = all.keySet().iterator(); ids.hasNext(); ) {
      byte[] dropped = all.remove(ids.next());
      bytes += dropped == null ? 0 : weight(dropped);
    }
    trim();
    return bytes;
  }

  List<Figure> figures() {
    CacheStats stats = messages.stats();
    return List.of(
        counter("cache.hits", "", stats.hitCount(), "Loads that the cache answered."),
        counter("cache.misses", "", stats.missCount(), "Loads that the cache did not answer."),
        counter(
            "cache.evictions",
            "messages",
            stats.evictionCount(),
            "Messages that left the cache since there was no room."),
        gauge(
            "cache.bytes",
            "bytes",
            bound.weightedSize().orElse(0),
            "Bytes of the messages in the cache, with what each takes beside its data."),
        gauge("cache.entries", "messages", entries(), "Messages that are cached."));
  }

  /** Counts the messages; about, while others put some in. */
  long entries() {
    return messages.estimatedSize();
  }

  private static Figure counter(String name, String unit, long value, String description) {
    return new Figure(name, Kind.COUNTER, unit, value, description);
  }

  static Figure gauge(String name, String unit, long value, String description) {
    return new Figure(name, Kind.GAUGE, unit, value, description);
  }
}
