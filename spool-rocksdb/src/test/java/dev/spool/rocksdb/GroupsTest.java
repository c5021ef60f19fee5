package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Which messages are written together. */
class GroupsTest {
  private static final int LARGE = 25 << 20;

  private final RecordedWrites writes = new RecordedWrites();
  @TempDir private Path dir;

  /** So a small message waits for the transfer of one large one at most, besides that before it. */
  @Test
  void noGroupHasTwoLargeMessages() {
    try (RocksSpool spool = open()) {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      writes.gate.shut();
      stores.add(spool.store(SpoolId.random(), new byte[10])); // the others queue up behind it
      writes.gate.awaitHeld();
      writes.groups.clear();
      for (int i = 0; i < 2; i++) {
        storeSmallOnes(spool, stores);
        stores.add(spool.store(SpoolId.random(), new byte[LARGE]));
      }
      storeSmallOnes(spool, stores);
      writes.gate.open();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(11, 11, 10);
      assertThat(writes.groups).allMatch(group -> group.bytes < LARGE + (1 << 20));
    }
  }

  @Test
  void smallMessagesThatQueueUpAreWrittenTogetherUpToTheBoundOfAGroup() {
    try (RocksSpool spool = open()) {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      writes.gate.shut();
      stores.add(spool.store(SpoolId.random(), new byte[10]));
      writes.gate.awaitHeld();
      writes.groups.clear();
      for (int i = 0; i < 100; i++) {
        stores.add(spool.store(SpoolId.random(), new byte[100_000], Durability.BUFFERED, null));
      }
      writes.gate.open();
      stores.forEach(Spooled::get);
      assertThat(writes.groups).extracting(Group::messages).containsExactly(42, 42, 16);
    }
  }

  private static void storeSmallOnes(RocksSpool spool, List<CompletableFuture<Void>> stores) {
    for (int i = 0; i < 10; i++) {
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

  private record Group(int messages, long bytes) {}

  private static final class RecordedWrites implements NativeWrites {
    final Gate gate = new Gate();
    final ConcurrentLinkedQueue<Group> groups = new ConcurrentLinkedQueue<>();

    @Override
    public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
      groups.add(new Group(batch.count(), batch.getDataSize()));
      gate.pass();
      DIRECT.write(db, options, batch);
    }

    @Override
    public void syncWal(RocksDB db) throws RocksDBException {
      DIRECT.syncWal(db);
    }
  }
}
