package dev.spool.rocksdb;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the tests of this backend have in common. */
final class Spooled {
  private static final long LIMIT_SECONDS = 60;
  private static final long LOOKS_EVERY_NANOS = 1_000_000;

  private Spooled() {}

  /** Returns a future's result, or throws its failure. */
  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw SpoolException.unwrap(e);
    }
  }

  /** Returns a future's failure. */
  static SpoolException failure(CompletableFuture<?> future) {
    try {
      future.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    }
    throw new AssertionError("it did not fail");
  }

  /** Returns all messages. */
  static Map<SpoolId, byte[]> enumerate(Spool spool) {
    EntryChannel channel = EntryChannel.bounded(16, 1 << 20);
    var report = spool.enumerate(channel);
    Map<SpoolId, byte[]> seen = new LinkedHashMap<>();
    for (SpoolEntry entry : channel) {
      SpoolEntry.Item item = (SpoolEntry.Item) entry;
      if (seen.put(item.id(), item.data()) != null) {
        throw new AssertionError(item.id() + " was seen twice");
      }
    }
    if (get(report).items() != seen.size()) {
      throw new AssertionError("the report tells another number of messages");
    }
    return seen;
  }

  /** Waits until something is so. */
  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + LIMIT_SECONDS + " s: " + what);
      }
      LockSupport.parkNanos(LOOKS_EVERY_NANOS); // and leaves the processor to what it waits for
    }
  }
}
