package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Which messages are written together. */
class GroupsTest {
  private static final int LARGE = 25 << 20;
  private static final Boolean[] ALTERNATING = {false, true, false, true, false, true, false};

  private final RecordedWrites writes = new RecordedWrites();
  private final List<CompletableFuture<Void>> stores = new ArrayList<>();
  @TempDir private Path dir;

  @Test
  void largeMessagesAreWrittenOneByOneBehindTheSmallOnesThatWait() {
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      for (int i = 0; i < 2; i++) {
        storeSmall(spool, 10);
        stores.add(spool.store(SpoolId.random(), new byte[LARGE]));
      }
      storeSmall(spool, 10);
      writes.letAllGo();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 30, 1, 1);
      assertThat(writes.groups.get(1).bytes).isLessThan(1 << 20);
    }
  }

  /** So it waits for one of them at most, however many there are. */
  @Test
  void smallMessageThatComesWhileALargeOneIsWrittenIsWrittenNext() {
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      for (int i = 0; i < 3; i++) {
        stores.add(spool.store(SpoolId.random(), new byte[LARGE]));
      }
      for (int i = 1; i <= 3; i++) {
        writes.letOneGo();
        writes.awaitBegun(2 * i); // a large one
        storeSmall(spool, i);
        writes.letOneGo();
        writes.awaitBegun(2 * i + 1);
      }
      writes.letAllGo();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::isLarge).containsExactly(ALTERNATING);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 1, 1, 1, 2, 1, 3);
    }
  }

  @Test
  void largeMessageIsNotKeptWaitingBySmallOnes() {
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      stores.add(spool.store(SpoolId.random(), new byte[LARGE]));
      storeSmall(spool, 10);
      writes.letOneGo();
      writes.awaitBegun(2);
      storeSmall(spool, 10);
      writes.letAllGo();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 10, 1, 10);
    }
  }

  @Test
  void callsForTheSameIdAreCarriedOutInTheirOrder() {
    SpoolId replaced = SpoolId.random();
    SpoolId removed = SpoolId.random();
    byte[] last = {1, 2, 3};
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      stores.add(spool.store(replaced, new byte[LARGE]));
      stores.add(spool.store(removed, new byte[LARGE / 2]));
      stores.add(spool.remove(removed));
      stores.add(spool.store(replaced, last));
      storeSmall(spool, 1);
      writes.letAllGo();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 1, 1, 3);
      assertThat(Spooled.get(spool.load(replaced))).isEqualTo(last);
      assertThat(Spooled.failure(spool.load(removed))).isInstanceOf(MessageNotFoundException.class);
    }
  }

  @Test
  void largeMessageThatWaitsCanBeWithdrawn() {
    SpoolId withdrawn = SpoolId.random();
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      CompletableFuture<Void> large = spool.store(withdrawn, new byte[LARGE]);
      storeSmall(spool, 1);
      writes.letOneGo();
      writes.awaitBegun(2); // it has let the small one go first
      assertThat(large.cancel(false)).isTrue();
      writes.letAllGo();
      stores.forEach(Spooled::get);
      storeSmall(spool, 1);
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 1, 1);
      assertThat(Spooled.failure(spool.load(withdrawn)))
          .isInstanceOf(MessageNotFoundException.class);
    }
  }

  @Test
  void shutdownWritesWhatHasLetOthersGoFirst() {
    SpoolId id = SpoolId.random();
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      stores.add(spool.store(id, new byte[LARGE]));
      storeSmall(spool, 1);
      CompletableFuture<Void> end = spool.shutdown();
      writes.letAllGo();
      Spooled.get(end);
      stores.forEach(Spooled::get);
    }
    try (RocksSpool spool = open()) {
      assertThat(Spooled.get(spool.load(id))).hasSize(LARGE);
    }
  }

  @Test
  void smallMessagesThatQueueUpAreWrittenTogetherUpToTheBoundOfAGroup() {
    try (RocksSpool spool = open()) {
      holdFirst(spool);
      for (int i = 0; i < 100; i++) {
        stores.add(spool.store(SpoolId.random(), new byte[100_000], Durability.BUFFERED, null));
      }
      writes.letAllGo();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(1, 42, 42, 16);
    }
  }

  /** Stores one that is held in its write: the others queue up behind it. */
  private void holdFirst(RocksSpool spool) {
    stores.add(spool.store(SpoolId.random(), new byte[10]));
    writes.awaitBegun(1);
  }

  private void storeSmall(RocksSpool spool, int count) {
    for (int i = 0; i < count; i++) {
      stores.add(spool.store(SpoolId.random(), new byte[1000]));
    }
  }

  private RocksSpool open() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .maxInFlightBytes(256 << 20)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO)
        .writes(writes)
        .open();
  }

  private record Group(int messages, long bytes) {
    boolean isLarge() {
      return bytes >= LARGE / 2;
    }
  }

  /** Holds each write, and tells what is in it. */
  private static final class RecordedWrites implements NativeWrites {
    final List<Group> groups = new CopyOnWriteArrayList<>();
    private final Semaphore turns = new Semaphore(0);

    void letOneGo() {
      turns.release();
    }

    void letAllGo() {
      turns.release(1_000_000);
    }

    /** Waits until the {@code number}th write has begun. */
    void awaitBegun(int number) {
      Spooled.await("write " + number + " has begun", () -> groups.size() >= number);
    }

    @Override
    public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
      groups.add(new Group(batch.count(), batch.getDataSize()));
      turns.acquireUninterruptibly();
      DIRECT.write(db, options, batch);
    }

    @Override
    public void syncWal(RocksDB db) throws RocksDBException {
      DIRECT.syncWal(db);
    }
  }
}
