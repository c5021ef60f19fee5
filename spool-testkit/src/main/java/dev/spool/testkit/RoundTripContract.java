package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was stored comes back, byte for byte, as soon as the store has completed. */
public interface RoundTripContract extends BackendContract {

  /** The empty message is a message. */
  @Test
  default void emptyMessage(@TempDir Path dir) {
    roundTrip(dir, new byte[0]);
  }

  /** One byte. */
  @Test
  default void oneByte(@TempDir Path dir) {
    roundTrip(dir, new byte[] {(byte) 0xFF});
  }

  /** Every byte value. */
  @Test
  default void everyByteValue(@TempDir Path dir) {
    roundTrip(dir, Messages.everyByte());
  }

  /** One byte less than a page. */
  @Test
  default void pageLessOneByte(@TempDir Path dir) {
    roundTrip(dir, Messages.of(1, 4095));
  }

  /** Exactly a page. */
  @Test
  default void onePage(@TempDir Path dir) {
    roundTrip(dir, Messages.of(2, 4096));
  }

  /** One byte more than a page. */
  @Test
  default void pageAndOneByte(@TempDir Path dir) {
    roundTrip(dir, Messages.of(3, 4097));
  }

  /** A long run of zeros, which a file system may keep as a hole. */
  @Test
  default void allZeros(@TempDir Path dir) {
    roundTrip(dir, new byte[1 << 20]);
  }

  /** 25 MiB: the largest mail that most servers take. */
  @Test
  default void mailOf25MiB(@TempDir Path dir) {
    roundTrip(dir, Messages.of(4, 25 << 20));
  }

  /** 64 MiB. */
  @Test
  default void messageOf64MiB(@TempDir Path dir) {
    roundTrip(dir, Messages.of(5, 64 << 20));
  }

  /** Many messages of many lengths, stored at once, at either durability. */
  @Test
  default void manyMessagesOfManyLengths(@TempDir Path dir) {
    Map<SpoolId, byte[]> buffered = Messages.mixed(6, 150, 200_000);
    Map<SpoolId, byte[]> synced = Messages.mixed(7, 50, 200_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, buffered, Durability.BUFFERED);
      Check.storeAll(spool, synced, Durability.SYNC);
      Map<SpoolId, byte[]> all = new LinkedHashMap<>(buffered);
      all.putAll(synced);
      Check.holdsExactly(spool, all);
    }
  }

  /** The array that load returns is the caller's own: writing to it alters nothing. */
  @Test
  default void loadedArrayIsTheCallersOwn(@TempDir Path dir) {
    byte[] message = Messages.of(8, 1000);
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, message.clone()));
      byte[] loaded = Check.get(spool.load(id));
      Arrays.fill(loaded, (byte) 0);
      Check.holds(spool, id, message);
    }
  }

  /** Nobody modifies the array that was handed over. */
  @Test
  default void storedArrayIsNotModified(@TempDir Path dir) {
    byte[] message = Messages.of(9, 5000);
    byte[] copy = message.clone();
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, message));
      Arrays.fill(Check.get(spool.load(id)), (byte) 1);
      Check.get(spool.remove(id));
    }
    Check.same(message, copy);
  }

  /** A completed store is seen by every thread. */
  @Test
  default void otherThreadsReadWhatWasStored(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      List<CompletableFuture<byte[]>> loads = new ArrayList<>();
      List<byte[]> messages = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        SpoolId id = SpoolId.random();
        byte[] message = Messages.of(i, 100 + i);
        messages.add(message);
        Durability durability = i % 5 == 0 ? Durability.SYNC : Durability.BUFFERED;
        loads.add(
            spool.store(id, message, durability, null).thenComposeAsync(stored -> spool.load(id)));
      }
      for (int i = 0; i < loads.size(); i++) {
        Check.same(Check.get(loads.get(i)), messages.get(i));
      }
    }
  }

  /** Ids that come in order, against it, and shuffled. */
  @Test
  default void idsOutOfOrder(@TempDir Path dir) {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      ids.add(SpoolId.random());
    }
    Collections.reverse(ids.subList(20, 40));
    Collections.swap(ids, 45, 55);
    ids.add(SpoolId.at(Instant.EPOCH));
    ids.add(SpoolId.at(Instant.parse("9999-12-31T23:59:59Z")));
    ids.add(SpoolId.at(Instant.parse("2001-01-01T00:00:00Z")));
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (SpoolId id : ids) {
      messages.put(id, Messages.of(id.hashCode(), 64));
    }
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      Check.holdsExactly(spool, messages);
    }
  }

  /** Ids of one creation time are different messages. */
  @Test
  default void idsOfOneCreationTime(@TempDir Path dir) {
    SpoolId first = SpoolId.random();
    SpoolId second = SpoolId.withTimestampOf(first);
    try (Spool spool = open(dir)) {
      Map<SpoolId, byte[]> messages =
          Map.of(first, Messages.of(10, 10), second, Messages.of(11, 11));
      Check.storeAll(spool, messages);
      Check.holdsExactly(spool, messages);
    }
  }

  /** Ids of version 1, as older systems made them, beside those of version 7. */
  @Test
  default void version1Ids(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      messages.put(
          Messages.version1(Instant.parse("2020-02-29T12:00:00Z").plusNanos(100L * i), i),
          Messages.of(i, 30));
      messages.put(SpoolId.random(), Messages.of(i, 31));
    }
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      Check.holdsExactly(spool, messages);
    }
  }

  /** An id that was read from text or bytes names the same message. */
  @Test
  default void idsReadFromTextAndBytes(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      byte[] message = Messages.of(12, 99);
      Check.get(spool.store(id, message));
      Check.holds(spool, SpoolId.parse(id.toString()), message);
      Check.holds(spool, SpoolId.parse(id.toUuid().toString()), message);
      Check.holds(spool, SpoolId.fromBytes(id.toBytes()), message);
    }
  }

  /** Loading an absent message says so, and names it to the operator. */
  @Test
  default void absentMessageIsNotFound(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      SpoolException failure = Check.failure(MessageNotFoundException.class, spool.load(id));
      assertThat(failure.detail()).contains(id.toString());
    }
  }

  /** Many loads of one message at once each get all of it. */
  @Test
  default void manyLoadsOfOneMessage(@TempDir Path dir) {
    byte[] message = Messages.of(13, 300_000);
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, message));
      List<CompletableFuture<byte[]>> loads = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        loads.add(spool.load(id));
      }
      for (CompletableFuture<byte[]> load : loads) {
        Check.same(Check.get(load), message);
      }
    }
  }

  private void roundTrip(Path dir, byte[] message) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, message));
      Check.holds(spool, id, message);
      assertThat(Check.list(spool).listed()).isEqualTo(Map.of(id, (long) message.length));
    }
  }
}
