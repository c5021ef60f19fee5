package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What a spool has been told, and what it answered: to be held against what it shows afterwards.
 * For one thread.
 */
final class Ledger {
  private static final Duration LONG = Duration.ofSeconds(100);

  /** Acknowledged stores: to be there, byte for byte. */
  private final Map<SpoolId, byte[]> present = new LinkedHashMap<>();

  /** Acknowledged removals, and stores that were said not to be applied: not to be there. */
  private final Set<SpoolId> absent = new LinkedHashSet<>();

  /** Nobody knows: there as it was stored, or not there. */
  private final Map<SpoolId, byte[]> unknown = new LinkedHashMap<>();

  private final List<Runnable> pending = new ArrayList<>();

  /** Returns how many messages have to be there. */
  int size() {
    return present.size();
  }

  /** Returns a message that has to be there: the one that was stored first. */
  SpoolId oldest() {
    return present.keySet().iterator().next();
  }

  /** Returns the messages that have to be there. */
  List<SpoolId> ids() {
    return List.copyOf(present.keySet());
  }

  /** Returns the bytes of a message that has to be there. */
  byte[] bytesOf(SpoolId id) {
    return Objects.requireNonNull(present.get(id), "it is not known to be there");
  }

  /** Stores a message of that many bytes, and waits; returns the failure, or null. */
  @Nullable SpoolException store(Spool spool, int bytes, Durability durability) {
    SpoolId id = SpoolId.random();
    byte[] data = message(id, bytes);
    SpoolException failure = failureOf(spool.store(id, data, durability, Deadline.after(LONG)));
    stored(id, data, failure);
    return failure;
  }

  /** Stores messages, all of which have to be taken. */
  void storeAll(Spool spool, int count, int bytes) {
    for (int i = 0; i < count; i++) {
      var unused = startStore(spool, bytes + i, i % 3 == 0 ? Durability.BUFFERED : Durability.SYNC);
    }
    int before = present.size();
    settle();
    assertThat(present).as("what was acknowledged").hasSize(before + count);
  }

  /** Begins to store a message; how that ends is entered by {@link #settle}. */
  CompletableFuture<Void> startStore(Spool spool, int bytes, Durability durability) {
    SpoolId id = SpoolId.random();
    byte[] data = message(id, bytes);
    CompletableFuture<Void> store = spool.store(id, data, durability, null);
    unknown.put(id, data);
    pending.add(() -> stored(id, data, failureOf(store)));
    return store;
  }

  /** Begins to remove a message; how that ends is entered by {@link #settle}. */
  void startRemove(Spool spool, SpoolId id) {
    CompletableFuture<Void> removal = spool.remove(id, Durability.SYNC, null);
    byte[] data = bytesOf(id);
    present.remove(id);
    unknown.put(id, data);
    pending.add(() -> removed(id, data, failureOf(removal)));
  }

  /** Waits for the end of all that was begun. */
  void settle() {
    pending.forEach(Runnable::run);
    pending.clear();
  }

  /** Removes a message, and waits; returns the failure, or null. */
  @Nullable SpoolException remove(Spool spool, SpoolId id, Durability durability) {
    byte[] data = bytesOf(id);
    present.remove(id);
    SpoolException failure = failureOf(spool.remove(id, durability, Deadline.after(LONG)));
    removed(id, data, failure);
    return failure;
  }

  private void stored(SpoolId id, byte[] data, @Nullable SpoolException failure) {
    unknown.remove(id);
    if (failure == null) {
      present.put(id, data);
    } else if (failure.outcome() == Outcome.NOT_APPLIED) {
      absent.add(id);
    } else {
      unknown.put(id, data);
    }
  }

  private void removed(SpoolId id, byte[] data, @Nullable SpoolException failure) {
    unknown.remove(id);
    if (failure == null) {
      absent.add(id);
    } else if (failure.outcome() == Outcome.NOT_APPLIED) {
      present.put(id, data);
    } else {
      unknown.put(id, data);
    }
  }

  /** Everything is as it was answered, by loads and by a scan. */
  void assertHeld(Spool spool) {
    Map<SpoolId, byte[]> seen = Spooled.enumerate(spool);
    present.forEach(
        (id, data) -> {
          assertThat(seen.get(id)).as("%s, scanned", id).isEqualTo(data);
          assertThat(Spooled.get(spool.load(id))).as("%s, loaded", id).isEqualTo(data);
        });
    for (SpoolId id : absent) {
      assertThat(seen).as("what is not there").doesNotContainKey(id);
      assertThat(Spooled.failure(spool.load(id))).isInstanceOf(MessageNotFoundException.class);
    }
    Set<SpoolId> known = new LinkedHashSet<>(present.keySet());
    known.addAll(unknown.keySet());
    assertThat(known).as("what was ever stored").containsAll(seen.keySet());
    unknown.forEach(
        (id, data) -> {
          byte[] found = seen.get(id);
          assertThat(found == null || Arrays.equals(found, data)).as("%s, whole", id).isTrue();
        });
  }

  /**
   * Loads give the right bytes or say that they cannot: returns how many did the latter. An
   * acknowledged message is never "not found", unless that is reckoned with.
   *
   * @param mayBeMissing whether messages may have been lost: they then are counted
   */
  int unreadable(Spool spool, boolean mayBeMissing) {
    int failures = 0;
    for (Map.Entry<SpoolId, byte[]> message : present.entrySet()) {
      try {
        assertThat(Spooled.get(spool.load(message.getKey())))
            .as(message.getKey().toString())
            .isEqualTo(message.getValue());
      } catch (SpoolException e) {
        if (!mayBeMissing) {
          assertThat(e).isNotInstanceOf(MessageNotFoundException.class);
        }
        failures++;
      }
    }
    return failures;
  }

  private static byte[] message(SpoolId id, int bytes) {
    byte[] message = new byte[bytes];
    byte[] pattern = id.toBytes();
    for (int i = 0; i < bytes; i++) {
      message[i] = (byte) (pattern[i % pattern.length] + i / 251);
    }
    return message;
  }

  private static @Nullable SpoolException failureOf(CompletableFuture<Void> future) {
    try {
      Spooled.get(future);
      return null;
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    } catch (SpoolException e) {
      return e;
    }
  }
}
