package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** The words that the contract's cases are written in. */
final class Check {
  /**
   * No call of a healthy spool takes this long, on any machine; whoever waits for it has found a
   * call that never ends.
   */
  static final long LIMIT_SECONDS = 120;

  private Check() {}

  /** What a scan handed over, and its report. */
  record Scanned(List<SpoolEntry> entries, ScanReport report) {
    Map<SpoolId, byte[]> items() {
      Map<SpoolId, byte[]> items = new HashMap<>();
      for (SpoolEntry entry : entries) {
        if (entry instanceof SpoolEntry.Item item) {
          assertThat(items.put(item.id(), item.data())).as("seen twice: " + item.id()).isNull();
        }
      }
      return items;
    }

    Map<SpoolId, Long> listed() {
      Map<SpoolId, Long> listed = new HashMap<>();
      for (SpoolEntry entry : entries) {
        if (entry instanceof SpoolEntry.Listed seen) {
          assertThat(listed.put(seen.id(), seen.length())).as("seen twice: " + seen.id()).isNull();
        }
      }
      return listed;
    }

    List<SpoolEntry.Corrupt> corrupt() {
      List<SpoolEntry.Corrupt> corrupt = new ArrayList<>();
      for (SpoolEntry entry : entries) {
        if (entry instanceof SpoolEntry.Corrupt damaged) {
          corrupt.add(damaged);
        }
      }
      return corrupt;
    }
  }

  /**
   * Waits for a call that succeeds; rethrows its failure as the caller of the spool would unwrap
   * it.
   */
  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw SpoolException.unwrap(e);
    } catch (TimeoutException e) {
      throw new AssertionError("a call has not ended in " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a call", e);
    }
  }

  /** Waits for a call that fails, and returns its failure, which must be a typed one. */
  static SpoolException failure(CompletableFuture<?> future) {
    try {
      future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).as("the failure of a call").isInstanceOf(SpoolException.class);
      return SpoolException.unwrap(e);
    } catch (TimeoutException e) {
      throw new AssertionError("a call has not ended in " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a call", e);
    }
    throw new AssertionError("a call succeeded that had to fail");
  }

  /** Waits for a call that fails with that type. */
  static <E extends SpoolException> E failure(Class<E> type, CompletableFuture<?> future) {
    SpoolException failure = failure(future);
    assertThat(failure).isInstanceOf(type);
    return type.cast(failure);
  }

  static void storeAll(Spool spool, Map<SpoolId, byte[]> messages) {
    storeAll(spool, messages, Durability.BUFFERED);
  }

  static void storeAll(Spool spool, Map<SpoolId, byte[]> messages, Durability durability) {
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    messages.forEach((id, data) -> stores.add(spool.store(id, data, durability, null)));
    stores.forEach(Check::get);
  }

  /** Checks that the message is there, byte for byte. */
  static void holds(Spool spool, SpoolId id, byte[] expected) {
    same(get(spool.load(id)), expected);
  }

  static void absent(Spool spool, SpoolId id) {
    failure(MessageNotFoundException.class, spool.load(id));
  }

  /** Checks that these messages and no others are there, by loading and by both kinds of scan. */
  static void holdsExactly(Spool spool, Map<SpoolId, byte[]> expected) {
    expected.forEach((id, data) -> holds(spool, id, data));
    sameMessages(enumerate(spool).items(), expected);
    Map<SpoolId, Long> lengths = new LinkedHashMap<>();
    expected.forEach((id, data) -> lengths.put(id, (long) data.length));
    assertThat(list(spool).listed()).isEqualTo(lengths);
  }

  static void sameMessages(Map<SpoolId, byte[]> actual, Map<SpoolId, byte[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((id, data) -> same(data, expected.getOrDefault(id, new byte[0])));
  }

  /** Compares without showing the bytes, which may be many. */
  static void same(byte[] actual, byte[] expected) {
    int mismatch = Arrays.mismatch(actual, expected);
    if (mismatch >= 0) {
      throw new AssertionError(
          "a message of "
              + actual.length
              + " bytes came back for one of "
              + expected.length
              + ", different from offset "
              + mismatch);
    }
  }

  static Scanned enumerate(Spool spool) {
    return scan(spool::enumerate);
  }

  static Scanned list(Spool spool) {
    return scan(spool::list);
  }

  /** Runs a scan to its end, consuming on this thread. */
  static Scanned scan(Function<EntryChannel, CompletableFuture<ScanReport>> call) {
    EntryChannel channel = EntryChannel.bounded(64, 1 << 20);
    CompletableFuture<ScanReport> future = call.apply(channel);
    List<SpoolEntry> entries = new ArrayList<>();
    for (SpoolEntry entry : channel) {
      entries.add(entry);
    }
    return new Scanned(entries, get(future));
  }

  /** Receives until the channel ends or fails; returns how many entries there were. */
  static int drain(EntryChannel channel) {
    int received = 0;
    try {
      for (SpoolEntry entry : channel) {
        assertThat(entry).isNotNull();
        received++;
      }
    } catch (SpoolException e) {
      return received;
    }
    return received;
  }

  /** Makes settings of names and values in turn. */
  static Map<String, String> settings(String... namesAndValues) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      settings.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return settings;
  }
}
