package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scans see everything, exactly once, in bounded memory, or they fail; and never look complete when
 * they are not.
 */
public interface ScanContract extends BackendContract {

  /** A scan of an empty spool is complete at once. */
  @Test
  default void scanOfAnEmptySpool(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      for (Check.Scanned scan : List.of(Check.enumerate(spool), Check.list(spool))) {
        assertThat(scan.entries()).isEmpty();
        assertThat(scan.report().items()).isZero();
        assertThat(scan.report().corrupt()).isZero();
        assertThat(scan.report().skipped()).isZero();
      }
    }
  }

  /** Every message is seen exactly once, and counted. */
  @Test
  default void everyMessageIsSeenOnce(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 500, 10_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      Check.Scanned scan = Check.enumerate(spool);
      Check.sameMessages(scan.items(), messages);
      assertThat(scan.entries()).hasSize(500);
      assertThat(scan.report().items()).isEqualTo(500);
      assertThat(scan.report().corrupt()).isZero();
      assertThat(scan.report().skipped()).isZero();
      assertThat(scan.report().elapsed()).isGreaterThanOrEqualTo(Duration.ZERO);
    }
  }

  /** So it is where the messages are many times what a scan holds at once. */
  @Test
  default void everyLargeMessageIsSeenOnce(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < 48; i++) {
      messages.put(SpoolId.random(), Messages.of(i, 1_000_000));
    }
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      for (int round = 0; round < 3; round++) {
        Check.sameMessages(Check.enumerate(spool).items(), messages);
      }
    }
  }

  /** A listing gives lengths, and no payloads. */
  @Test
  default void listingHasLengthsOnly(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 100, 50_000);
    messages.put(SpoolId.random(), new byte[0]);
    Map<SpoolId, Long> lengths = new HashMap<>();
    messages.forEach((id, data) -> lengths.put(id, (long) data.length));
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      Check.Scanned scan = Check.list(spool);
      assertThat(scan.entries()).hasOnlyElementsOfType(SpoolEntry.Listed.class).hasSize(101);
      assertThat(scan.listed()).isEqualTo(lengths);
      assertThat(scan.report().items()).isEqualTo(101);
    }
  }

  /** What was created at or after the start time is skipped, and counted. */
  @Test
  default void startTimeSkipsWhatIsNewer(@TempDir Path dir) {
    Instant start = Instant.parse("2024-05-05T05:05:05.005Z");
    Map<SpoolId, byte[]> older = new LinkedHashMap<>();
    Map<SpoolId, byte[]> newer = new LinkedHashMap<>();
    older.put(SpoolId.at(start.minusMillis(1)), Messages.of(1, 1));
    older.put(SpoolId.at(start.minus(Duration.ofDays(400))), Messages.of(2, 2));
    newer.put(SpoolId.at(start), Messages.of(3, 3));
    newer.put(SpoolId.at(start.plusMillis(1)), Messages.of(4, 4));
    newer.put(SpoolId.random(), Messages.of(5, 5));
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, older);
      Check.storeAll(spool, newer);
      Check.Scanned enumerated = Check.scan(channel -> spool.enumerate(channel, start));
      Check.sameMessages(enumerated.items(), older);
      assertThat(enumerated.report().items()).isEqualTo(2);
      assertThat(enumerated.report().skipped()).isEqualTo(3);
      Check.Scanned listed = Check.scan(channel -> spool.list(channel, start));
      assertThat(listed.listed()).containsOnlyKeys(older.keySet());
      assertThat(listed.report().items()).isEqualTo(2);
      assertThat(listed.report().skipped()).isEqualTo(3);
    }
  }

  /** Version 1 ids are skipped by their creation time, though they do not sort by it. */
  @Test
  default void startTimeOfVersion1Ids(@TempDir Path dir) {
    Instant start = Instant.parse("2024-05-05T05:05:05.005Z");
    SpoolId before = Messages.version1(start.minusNanos(100), 1);
    SpoolId atStart = Messages.version1(start, 2);
    SpoolId longBefore = Messages.version1(start.minus(Duration.ofDays(3000)), 3);
    try (Spool spool = open(dir)) {
      for (SpoolId id : List.of(before, atStart, longBefore, SpoolId.at(start))) {
        Check.get(spool.store(id, Messages.of(1, 10)));
      }
      Check.Scanned scan = Check.scan(channel -> spool.enumerate(channel, start));
      assertThat(scan.items()).containsOnlyKeys(before, longBefore);
      assertThat(scan.report().skipped()).isEqualTo(2);
    }
  }

  /** Without a start time ids that claim to be of the future are seen too. */
  @Test
  default void idsOfTheFutureAreSeen(@TempDir Path dir) {
    SpoolId future = SpoolId.at(Instant.now().plus(Duration.ofDays(3650)));
    try (Spool spool = open(dir)) {
      Check.get(spool.store(future, Messages.of(1, 10)));
      assertThat(Check.enumerate(spool).items()).containsOnlyKeys(future);
      assertThat(Check.list(spool).listed()).containsOnlyKeys(future);
    }
  }

  /** A channel of one entry and one byte passes every message, one at a time. */
  @Test
  default void narrowestChannelPassesEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(3, 60, 100_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      Map<SpoolId, byte[]> seen = new HashMap<>();
      for (SpoolEntry entry : channel) {
        SpoolEntry.Item item = (SpoolEntry.Item) entry;
        seen.put(item.id(), item.data());
      }
      assertThat(Check.get(scan).items()).isEqualTo(60);
      Check.sameMessages(seen, messages);
    }
  }

  /** A scan does not run ahead of its consumer by more than the channel holds. */
  @Test
  default void scanWaitsForASlowConsumer(@TempDir Path dir) throws Exception {
    Map<SpoolId, byte[]> messages = Messages.mixed(4, 100, 1000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      for (int received = 1; received <= 95; received++) {
        assertThat(channel.receive()).isNotNull();
        assertThat(scan).as("the scan, of which %s entries were received", received).isNotDone();
      }
      assertThat(Check.drain(channel)).isEqualTo(5);
      assertThat(Check.get(scan).items()).isEqualTo(100);
    }
  }

  /**
   * A scan that waits for its consumer holds neither the messages nor a snapshot of them: what is
   * removed meanwhile goes.
   */
  @Test
  default void slowConsumerHoldsNoSnapshot(@TempDir Path dir) throws Exception {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < 1500; i++) {
      messages.put(SpoolId.random(), Messages.of(i, 16 << 10));
    }
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(2, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      messages.keySet().forEach(id -> removals.add(spool.remove(id)));
      removals.forEach(Check::get);
      int readAhead = Check.drain(channel);
      assertThat(readAhead)
          .as("messages that the scan had read ahead of its consumer")
          .isLessThan(750);
      assertThat(Check.get(scan).items()).isEqualTo(readAhead + 1L);
    }
  }

  /** Several consumers share the entries: each goes to one of them. */
  @Test
  default void severalConsumersShareAScan(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(5, 300, 5000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(8, 1 << 16);
      Map<SpoolId, byte[]> seen = new ConcurrentHashMap<>();
      AtomicInteger received = new AtomicInteger();
      List<CompletableFuture<Void>> consumers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        consumers.add(
            Threads.run(
                () -> {
                  for (SpoolEntry entry : channel) {
                    SpoolEntry.Item item = (SpoolEntry.Item) entry;
                    seen.put(item.id(), item.data());
                    received.incrementAndGet();
                  }
                }));
      }
      assertThat(Check.get(spool.enumerate(channel)).items()).isEqualTo(300);
      consumers.forEach(Check::get);
      assertThat(received).hasValue(300);
      Check.sameMessages(seen, messages);
    }
  }

  /** A subscriber gets what it asks for, one signal at a time, and then the end. */
  @Test
  default void subscriberReceivesAScan(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(6, 200, 2000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(4, 1 << 16);
      CompletableFuture<Map<SpoolId, byte[]>> seen = new CompletableFuture<>();
      channel.publisher().subscribe(new CollectingSubscriber(seen));
      assertThat(Check.get(spool.enumerate(channel)).items()).isEqualTo(200);
      Check.sameMessages(Check.get(seen), messages);
    }
  }

  /** A consumer that closes the channel ends the scan, and the spool goes on. */
  @Test
  default void consumerClosesEarly(@TempDir Path dir) throws Exception {
    Map<SpoolId, byte[]> messages = Messages.mixed(7, 100, 1000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(2, 1 << 16);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      channel.close();
      Check.failure(ScanCancelledException.class, scan);
      Check.holdsExactly(spool, messages);
    }
  }

  /**
   * A consumer that dies without a word leaves its scan waiting: other calls go on, maintenance and
   * other scans too, and a shutdown ends it.
   */
  @Test
  default void consumerThatDiesHoldsNobodyUp(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(8, 100, 1000);
    CompletableFuture<ScanReport> scan;
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(1, 1);
      scan = spool.enumerate(channel);
      CompletableFuture<Void> consumer =
          Threads.run(
              () -> {
                channel.receive();
                throw new InterruptedException("dies");
              });
      assertThatThrownBy(() -> consumer.get(Check.LIMIT_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(InterruptedException.class);
      SpoolId removed = messages.keySet().iterator().next();
      Check.get(spool.remove(removed, Durability.SYNC, null));
      messages.remove(removed);
      Map<SpoolId, byte[]> more = Messages.mixed(9, 20, 1000);
      Check.storeAll(spool, more);
      messages.putAll(more);
      Check.get(spool.compact());
      Check.get(spool.cleanup());
      Check.holdsExactly(spool, messages);
      assertThat(scan).isNotDone();
      assertThat(spool.unhealthyReason()).isNull();
    }
    assertThat(Check.failure(scan))
        .isInstanceOfAny(SpoolClosedException.class, ScanCancelledException.class);
  }

  /** A channel that was closed before the scan began cancels it. */
  @Test
  default void channelClosedBeforeTheScan(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      Check.get(spool.store(SpoolId.random(), Messages.of(1, 10)));
      EntryChannel channel = EntryChannel.bounded(2, 1 << 16);
      channel.close();
      Check.failure(ScanCancelledException.class, spool.enumerate(channel));
      EntryChannel another = EntryChannel.bounded(2, 1 << 16);
      another.close();
      Check.failure(ScanCancelledException.class, spool.list(another));
    }
  }

  /**
   * A scan that fails tells every consumer, after what it had emitted: here it fails since the
   * spool is shut down.
   */
  @Test
  default void failureIsSeenByEveryConsumer(@TempDir Path dir) throws Exception {
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, Messages.mixed(8, 200, 1000));
      EntryChannel channel = EntryChannel.bounded(2, 1 << 16);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      Check.get(spool.shutdown());
      assertThat(Check.failure(scan))
          .isInstanceOfAny(SpoolClosedException.class, ScanCancelledException.class);
      List<CompletableFuture<Void>> consumers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        consumers.add(
            Threads.run(
                () -> {
                  for (SpoolEntry entry : channel) {
                    assertThat(entry).isInstanceOf(SpoolEntry.Item.class);
                  }
                }));
      }
      consumers.forEach(Check::failure);
      Check.failure(channel.receiveAsync());
      Check.failure(Threads.run(channel::receive));
    }
  }

  /** What is there from start to end is seen exactly once, whatever comes and goes beside it. */
  @Test
  default void scansBesideConcurrentChanges(@TempDir Path dir) {
    Map<SpoolId, byte[]> stable = Messages.mixed(9, 200, 3000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, stable);
      try (Churn churn = Churn.start(spool, 3)) {
        for (int round = 0; round < 5; round++) {
          Check.Scanned scan = Check.enumerate(spool);
          Map<SpoolId, byte[]> seen = scan.items();
          assertThat(scan.report().items()).isEqualTo(seen.size());
          seen.forEach(
              (id, data) -> {
                byte[] expected = stable.get(id);
                if (expected == null) {
                  churn.assertWhole(data);
                } else {
                  Check.same(data, expected);
                }
              });
          assertThat(seen.keySet()).containsAll(stable.keySet());
          assertThat(Check.list(spool).listed().keySet()).containsAll(stable.keySet());
        }
        churn.finish();
      }
    }
  }

  /** A message that is replaced during a scan is seen once, whole, in one of its versions. */
  @Test
  default void replacedDuringAScan(@TempDir Path dir) throws Exception {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      ids.add(SpoolId.random());
    }
    try (Spool spool = open(dir)) {
      for (SpoolId id : ids) {
        Check.get(spool.store(id, Messages.numbered(1, 2000), Durability.BUFFERED, null));
      }
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      List<SpoolEntry> entries = new ArrayList<>();
      entries.add(channel.receive());
      for (SpoolId id : ids) {
        Check.get(spool.store(id, Messages.numbered(2, 999), Durability.BUFFERED, null));
      }
      for (SpoolEntry entry : channel) {
        entries.add(entry);
      }
      Map<SpoolId, byte[]> seen = new Check.Scanned(entries, Check.get(scan)).items();
      assertThat(seen).containsOnlyKeys(ids);
      for (byte[] data : seen.values()) {
        long version = Messages.number(data);
        Check.same(data, Messages.numbered(version, version == 1 ? 2000 : 999));
      }
    }
  }

  /** Scans at the same time do not disturb each other, nor other calls. */
  @Test
  default void scansAtTheSameTime(@TempDir Path dir) throws Exception {
    Map<SpoolId, byte[]> messages = Messages.mixed(10, 100, 3000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      List<EntryChannel> stuck = new ArrayList<>();
      List<CompletableFuture<ScanReport>> scans = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        EntryChannel channel = EntryChannel.bounded(1, 1);
        stuck.add(channel);
        scans.add(i % 2 == 0 ? spool.enumerate(channel) : spool.list(channel));
      }
      SpoolId another = SpoolId.random();
      Check.get(spool.store(another, Messages.of(1, 10)));
      Check.holds(spool, another, Messages.of(1, 10));
      Check.get(spool.remove(another));
      for (int i = 0; i < stuck.size(); i++) {
        assertThat(Check.drain(stuck.get(i))).isBetween(100, 101);
        assertThat(Check.get(scans.get(i)).items()).isBetween(100L, 101L);
      }
    }
  }

  /** Loading what a scan has just handed over gives the same bytes, or says that it was removed. */
  @Test
  default void loadsFromWithinAScan(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(11, 50, 3000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.list(channel);
      for (SpoolEntry entry : channel) {
        SpoolId id = ((SpoolEntry.Listed) entry).id();
        Check.same(Check.get(spool.load(id)), messages.getOrDefault(id, new byte[0]));
        Check.get(spool.remove(id));
        Check.failure(MessageNotFoundException.class, spool.load(id));
      }
      assertThat(Check.get(scan).items()).isEqualTo(50);
      assertThat(Check.list(spool).entries()).isEmpty();
    }
  }
}
