package dev.spool.testkit;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.torture.Content;
import dev.spool.torture.Fault;
import dev.spool.torture.Oracle;
import dev.spool.torture.Payloads;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Stores, replacements, removals and loads, many under way at once, and scans and maintenance, of a
 * spool whose disk stalls; judged by what they were told. For one thread, but for what ends its
 * calls.
 */
final class StallLoad {
  private static final int MESSAGES = 60;
  private static final int LENGTH = 100_000;

  private final SplittableRandom random;
  private final Payloads payloads;
  private final Oracle oracle;
  private final List<SpoolId> ids = new ArrayList<>();

  /** What was given to stores. */
  private final List<WeakReference<byte[]>> given = new ArrayList<>();

  private long generations;

  StallLoad(long seed) {
    random = new SplittableRandom(seed);
    payloads = new Payloads(seed, LENGTH);
    oracle = Oracle.ofKills(payloads);
    for (int i = 0; i < MESSAGES; i++) {
      ids.add(SpoolId.random());
    }
  }

  /** Begins so many calls at once; completes when each of them has ended, however that was. */
  CompletableFuture<Void> begin(Spool spool, int calls) {
    List<CompletableFuture<Void>> begun = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      begun.add(call(spool, ids.get(random.nextInt(ids.size()))));
    }
    return CompletableFuture.allOf(begun.toArray(new CompletableFuture<?>[0]));
  }

  /**
   * Begins a scan, a listing, a cleanup and a compaction, and returns them in that order. They have
   * no deadline: they complete when the disk answers again, however they have ended.
   */
  List<CompletableFuture<Void>> beginLong(Spool spool) {
    Oracle.Reading reading = oracle.reading();
    EntryChannel entries =
        EntryChannel.bounded(2 * MESSAGES, 2L * MESSAGES * LENGTH); // all of them
    CompletableFuture<Void> scan =
        ended(
            spool
                .enumerate(entries)
                .whenComplete(
                    (report, failure) -> {
                      if (failure == null) {
                        scanned(reading, entries);
                      } else {
                        reading.abandon();
                      }
                    }));
    EntryChannel names = EntryChannel.bounded(2 * MESSAGES, 1 << 20);
    return List.of(scan, ended(spool.list(names)), ended(spool.cleanup()), ended(spool.compact()));
  }

  private static CompletableFuture<Void> ended(CompletableFuture<?> call) {
    return call.handle(
        (result, failure) -> {
          Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
          if (cause != null && !(cause instanceof SpoolException)) {
            throw new AssertionError("no typed failure", cause);
          }
          return null;
        });
  }

  private static void scanned(Oracle.Reading reading, EntryChannel channel) {
    for (SpoolEntry entry : channel) {
      if (entry instanceof SpoolEntry.Item item) {
        reading.scanned(item.id(), Content.of(item.data()));
      } else {
        throw new AssertionError(entry.toString());
      }
    }
    reading.scannedAll();
  }

  private CompletableFuture<Void> call(Spool spool, SpoolId id) {
    Deadline deadline = random.nextBoolean() ? null : Deadline.after(Duration.ofMillis(50));
    Durability level = random.nextBoolean() ? Durability.SYNC : Durability.BUFFERED;
    int kind = random.nextInt(10);
    if (kind < 5) {
      return store(spool, id, level, deadline);
    }
    return kind < 7 ? remove(spool, id, level, deadline) : load(spool, id);
  }

  private CompletableFuture<Void> store(
      Spool spool, SpoolId id, Durability level, @Nullable Deadline deadline) {
    long generation = ++generations;
    byte[] data = payloads.bytes(id, generation);
    given.add(new WeakReference<>(data));
    return ended(oracle.storing(id, generation), spool.store(id, data, level, deadline), level);
  }

  private CompletableFuture<Void> remove(
      Spool spool, SpoolId id, Durability level, @Nullable Deadline deadline) {
    return ended(oracle.removing(id), spool.remove(id, level, deadline), level);
  }

  private static CompletableFuture<Void> ended(
      Oracle.Write write, CompletableFuture<Void> call, Durability level) {
    return call.handle(
        (nothing, failure) -> {
          if (failure == null) {
            write.acknowledged(level);
          } else {
            write.failed(SpoolException.unwrap(failure).outcome());
          }
          return null;
        });
  }

  private CompletableFuture<Void> load(Spool spool, SpoolId id) {
    Oracle.Reading reading = oracle.reading();
    return spool
        .load(id)
        .handle(
            (data, failure) -> {
              if (failure == null) {
                reading.loaded(id, Content.of(data));
              } else if (SpoolException.unwrap(failure) instanceof MessageNotFoundException) {
                reading.loaded(id, Content.ABSENT);
              } else {
                reading.abandon();
              }
              return null;
            });
  }

  /** Returns of how many stores somebody still keeps what they were given. */
  long kept() {
    System.gc();
    given.removeIf(data -> data.refersTo(null));
    return given.size();
  }

  /** The spool was closed, and is open again: what is there is what was told. */
  void judge(Spool again) {
    oracle.struck(Fault.KILL);
    Oracle.Reading reading = oracle.reading();
    EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
    CompletableFuture<?> scan = again.enumerate(channel);
    scanned(reading, channel);
    Check.get(scan);
    ids.forEach(id -> load(again, id).join());
    if (oracle.violations() > 0) {
      throw new AssertionError(String.join("\n", oracle.shownViolations()));
    }
    if (oracle.acknowledged() == 0) {
      throw new AssertionError("nothing was acknowledged");
    }
  }
}
