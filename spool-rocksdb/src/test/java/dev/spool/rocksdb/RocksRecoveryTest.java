package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Status;

/** What the spool does when RocksDB fails, and how it comes back. */
@Tag("same-on-any-jdk")
class RocksRecoveryTest {
  private final FaultyWrites writes = new FaultyWrites();

  @Test
  void failedWriteIsUnknownAndTheSpoolReopensItself(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 20);
      writes.failWrites(Integer.MAX_VALUE, FaultyWrites.DEVICE);
      SpoolException failure = Spooled.failure(spool.store(SpoolId.random(), new byte[10]));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10])))
          .isInstanceOf(SpoolUnhealthyException.class);
      assertHolds(spool, messages);
      writes.failWrites(0, FaultyWrites.DEVICE);
      // Removals are still tried, and wait for the database to be open again.
      SpoolId removed = messages.keySet().iterator().next();
      Spooled.get(spool.remove(removed, Durability.SYNC, null));
      messages.remove(removed);
      healed(spool);
      storeAll(spool, messages, 5);
      assertHolds(spool, messages);
    }
    reopened(dir, messages);
  }

  @Test
  void failedSyncIsUnknownAndTheSpoolReopensItself(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 20);
      SpoolId buffered = SpoolId.random();
      messages.put(buffered, new byte[5]);
      Spooled.get(spool.store(buffered, new byte[5], Durability.BUFFERED, null));
      writes.failSyncs(1, FaultyWrites.DEVICE);
      SpoolId lost = SpoolId.random();
      SpoolException failure = Spooled.failure(spool.store(lost, new byte[10]));
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(spool.stats().value("latches.fatal")).hasValue(1);
      healed(spool);
      assertThat(spool.stats().figures())
          .anyMatch(figure -> figure.name().equals("buffered.at.risk") && figure.value() == 1);
      Spooled.get(spool.remove(lost));
      storeAll(spool, messages, 5);
      assertHolds(spool, messages);
    }
    reopened(dir, messages);
  }

  @Test
  void whatIsThereIsReadWhileThereIsNoRoomToOpenTheDatabase(@TempDir Path dir) throws IOException {
    readWhileNotToBeOpened(dir, FaultyWrites.FULL);
  }

  @Test
  void whatIsThereIsReadWhileTheFailedDeviceCannotBeOpened(@TempDir Path dir) throws IOException {
    readWhileNotToBeOpened(dir, FaultyWrites.DEVICE);
  }

  private void readWhileNotToBeOpened(Path dir, Status failure) throws IOException {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    // Long enough for the database to be opened to read, which calls wait for, too.
    RocksSpool.Builder builder = builder(dir).writes(writes).patience(Duration.ofSeconds(2));
    try (RocksSpool spool = builder.open()) {
      storeAll(spool, messages, 20);
      Path lock = dir.resolve("db").resolve("LOCK");
      Files.delete(lock);
      Files.createDirectory(lock); // stops who opens to write, and not who opens to read
      writes.failWrites(1, failure);
      assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10]))).isNotNull();
      assertHolds(spool, messages);
      assertThat(spool.unhealthyReason()).isNotNull();
      assertThat(Spooled.failure(spool.compact())).isInstanceOf(SpoolIOException.class);
      assertHolds(spool, messages);
      Files.delete(lock);
      healed(spool);
      storeAll(spool, messages, 5);
      assertHolds(spool, messages);
    }
    reopened(dir, messages);
  }

  @Test
  void removalsAreCarriedOutOnceThereIsRoom(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 20);
      SpoolId removed = messages.keySet().iterator().next();
      writes.failWrites(2, FaultyWrites.FULL);
      Spooled.get(spool.remove(removed, Durability.SYNC, null));
      messages.remove(removed);
      assertThat(writes.writesFailed).hasValue(2);
      assertThat(Spooled.failure(spool.load(removed))).isNotNull();
      assertHolds(spool, messages);
    }
    reopened(dir, messages);
  }

  @Test
  void tablesThatAreCutOffUnderALiveSpoolEndItsHealth(@TempDir Path dir) throws IOException {
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, new LinkedHashMap<>(), 20);
      Spooled.get(spool.adviseLowMemory());
      for (Path table : Databases.tables(dir.resolve("db"))) {
        try (FileChannel file = FileChannel.open(table, StandardOpenOption.WRITE)) {
          file.truncate(100);
        }
      }
      Spooled.await(
          "it is noticed",
          () -> {
            try {
              spool.store(SpoolId.random(), new byte[100]).join();
            } catch (RuntimeException e) {
              assertThat(SpoolException.unwrap(e)).isInstanceOf(SpoolException.class);
            }
            Spooled.get(spool.adviseLowMemory().exceptionally(e -> 0L));
            return spool.health().state() != State.HEALTHY;
          });
      assertThat(spool.health().reason()).isNotNull();
    }
  }

  @Test
  void databaseBehindASymbolicLinkIsNotFollowed(@TempDir Path dir) throws IOException {
    Path spool = dir.resolve("s");
    RocksSpool.builder(spool).ballast(0).open().close();
    Files.move(spool.resolve("db"), dir.resolve("elsewhere"));
    Files.createSymbolicLink(spool.resolve("db"), dir.resolve("elsewhere"));
    assertThatThrownBy(() -> RocksSpool.builder(spool).ballast(0).open())
        .isInstanceOfSatisfying(
            SpoolIOException.class, e -> assertThat(e.detail()).contains("symbolic link"));
  }

  @Test
  void storeWithoutRoomIsFull(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 5);
      writes.failWrites(1, FaultyWrites.FULL);
      assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10])))
          .isInstanceOf(SpoolFullException.class);
      healed(spool);
      storeAll(spool, messages, 5);
      assertHolds(spool, messages);
    }
  }

  @Test
  void ballastIsGivenUpForRemovals(@TempDir Path dir) throws IOException {
    Path ballast = dir.resolve("BALLAST");
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    RocksSpool.Builder builder =
        builder(dir).ballast(3 << 20).writeBufferSize(1 << 20).writes(writes);
    try (RocksSpool spool = builder.open()) {
      Spooled.await("the ballast is made", () -> sizeOf(ballast) == 3 << 20);
      storeAll(spool, messages, 5);
      SpoolId removed = messages.keySet().iterator().next();
      writes.failWrites(1, FaultyWrites.FULL);
      Spooled.get(spool.remove(removed));
      messages.remove(removed);
      // Room is what this machine has: so it is made again.
      Spooled.await("the ballast is made again", () -> sizeOf(ballast) == 3 << 20);
      assertHolds(spool, messages);
    }
    assertThat(ballast).exists();
  }

  @Test
  void ballastThatIsSwitchedOffIsRemoved(@TempDir Path dir) throws IOException {
    Files.createDirectories(dir.resolve("s"));
    RocksSpool.open(dir.resolve("s")).close();
    Path ballast = dir.resolve("s").resolve("BALLAST");
    Files.write(ballast, new byte[1000]);
    try (RocksSpool spool = open(dir.resolve("s"))) {
      assertThat(spool.unhealthyReason()).isNull();
      Spooled.await("it is gone", () -> !Files.exists(ballast));
    }
  }

  @Test
  void stalledWritesAreTriedAgain(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      writes.failWrites(20, FaultyWrites.STALL);
      storeAll(spool, messages, 5);
      assertThat(writes.writesFailed).hasValue(20);
      assertThat(spool.stats().value("write.stalls")).hasValue(1);
      assertThat(spool.unhealthyReason()).isNull();
      assertHolds(spool, messages);
    }
    reopened(dir, messages);
  }

  @Test
  void missingTableFileRefusesTheOpening(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = filled(dir);
    Path table = Databases.tables(dir.resolve("db")).get(0);
    Path away = dir.resolveSibling(dir.getFileName() + ".away");
    Files.move(table, away);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> open(dir))
          .isInstanceOfSatisfying(
              SpoolIOException.class,
              e -> assertThat(e.detail()).contains(String.valueOf(table.getFileName())));
    }
    Files.move(away, table);
    reopened(dir, messages);
  }

  @Test
  void missingDatabaseIsNotReplacedByAnEmptyOne(@TempDir Path dir) throws IOException {
    filled(dir);
    Path away = dir.resolveSibling(dir.getFileName() + ".db");
    Files.move(dir.resolve("db"), away);
    for (String readOnly : List.of("false", "true")) {
      assertThatThrownBy(
              () -> {
                try (RocksSpool spool =
                    RocksSpool.builder(dir).settings(Map.of("readOnly", readOnly)).open()) {
                  assertThat(spool).isNull();
                }
              })
          .isInstanceOfSatisfying(
              SpoolIOException.class,
              e ->
                  assertThat(e.detail())
                      .contains("it is not there, and it was; put it back, or mount it"));
    }
    Files.deleteIfExists(dir.resolve("db"));
    Files.move(away, dir.resolve("db"));
    open(dir).close();
  }

  @Test
  void recordsThatWereSyncedAndAreMissingAreCounted(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      for (int i = 0; i < 10; i++) {
        storeAll(spool, messages, 1); // a record of the log each
      }
    }
    Path log =
        Databases.logs(dir.resolve("db")).stream()
            .max((a, b) -> Long.compare(sizeOf(a), sizeOf(b)))
            .orElseThrow();
    try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
    try (RocksSpool reader = builder(dir).readOnly(true).open()) {
      int found = Spooled.enumerate(reader).size();
      assertThat(reader.health().reason()).contains((10 - found) + " records");
    }
    try (RocksSpool spool = open(dir)) {
      assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
      int found = Spooled.enumerate(spool).size();
      assertThat(found).isBetween(1, 9);
      assertThat(spool.health().reason()).contains((10 - found) + " records");
      assertThat(spool.unhealthyReason()).isNull();
      Spooled.get(spool.store(SpoolId.random(), new byte[10]));
    }
    try (RocksSpool spool = open(dir)) {
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    }
  }

  @Test
  void ordinaryReopeningMissesNothing(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      try (RocksSpool spool = open(dir)) {
        assertThat(spool.health().reason()).isNull();
        storeAll(spool, messages, 10);
        try (RocksSpool reader = builder(dir).readOnly(true).open()) {
          assertThat(reader.health().reason()).isNull();
        }
        SpoolId removed = messages.keySet().iterator().next();
        Spooled.get(spool.remove(removed, Durability.SYNC, null));
        messages.remove(removed);
        if (i == 2) {
          Spooled.get(spool.compact());
        }
      }
    }
    reopened(dir, messages);
  }

  @Test
  void tableLostUnderALiveSpoolFailsTheCompaction(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = filled(dir);
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 5);
      for (Path table : Databases.tables(dir.resolve("db"))) {
        Databases.flip(table, 60);
      }
      SpoolException failure = Spooled.failure(spool.compact());
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    }
  }

  @Test
  void damagedBlockIsPassedAndTheScanFails(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      for (int i = 0; i < 200; i++) {
        SpoolId id = SpoolId.random();
        messages.put(id, new byte[1000 + i]);
        Spooled.get(spool.store(id, messages.get(id), Durability.BUFFERED, null));
      }
    }
    SpoolId victim = List.copyOf(messages.keySet()).get(100);
    Databases.damage(dir.resolve("db"), victim);
    try (RocksSpool spool = open(dir)) {
      EntryChannel channel = EntryChannel.bounded(10, 1 << 20);
      CompletableFuture<?> scan = spool.enumerate(channel);
      int items = 0;
      List<SpoolEntry.Corrupt> damaged = new ArrayList<>();
      SpoolException seen = null;
      try {
        for (SpoolEntry entry : channel) {
          if (entry instanceof SpoolEntry.Item item) {
            items++;
            assertThat(item.data()).isEqualTo(messages.get(item.id()));
          } else {
            damaged.add((SpoolEntry.Corrupt) entry);
          }
        }
      } catch (SpoolException e) {
        seen = e;
      }
      assertThat(seen).isInstanceOf(SpoolIOException.class);
      assertThat(Spooled.failure(scan).detail()).contains("incomplete");
      assertThat(damaged).hasSize(1);
      assertThat(items).isBetween(190, 199);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(Spooled.failure(spool.load(victim)).detail()).contains(victim.toString());

      Path aside = dir.resolveSibling(dir.getFileName() + ".aside");
      Spooled.get(spool.quarantine(victim, aside));
      assertThat(aside.resolve(victim + ".reason")).exists();
      assertThat(Files.size(aside.resolve(victim + ".damaged")))
          .isEqualTo(messages.get(victim).length);
      assertThat(Spooled.failure(spool.load(victim)))
          .isInstanceOf(dev.spool.MessageNotFoundException.class);
    }
  }

  @Test
  void foreignKeyIsOneCorruptEntry(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = filled(dir);
    Databases.make(dir.resolve("db"), Map.of("010203", new byte[100]));
    try (RocksSpool spool = open(dir)) {
      EntryChannel channel = EntryChannel.bounded(1000, 1 << 20);
      var report = spool.list(channel);
      List<SpoolEntry.Corrupt> corrupt = new ArrayList<>();
      channel.forEach(
          entry -> {
            if (entry instanceof SpoolEntry.Corrupt c) {
              corrupt.add(c);
            }
          });
      assertThat(corrupt).hasSize(1);
      assertThat(corrupt.get(0).location()).contains("010203");
      assertThat(Spooled.get(report).items()).isEqualTo(messages.size());
    }
  }

  @Test
  void spoolThatWasNotClosedInTimeIsClosedAfterwards(@TempDir Path dir) throws Exception {
    HeldWrites held = new HeldWrites();
    RocksSpool slow = builder(dir).writes(held).shutdownTimeout(Duration.ofMillis(50)).open();
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    SpoolId id = SpoolId.random();
    messages.put(id, new byte[20]);
    CompletableFuture<Void> store = slow.store(id, new byte[20], Durability.BUFFERED, null);
    held.begun.await();
    assertThat(Spooled.failure(slow.shutdown()).detail()).contains("shutdownTimeout");
    held.goOn.countDown();
    Spooled.get(store);
    Spooled.await("it is closed", () -> slow.health().reason().contains("is shut down"));
    reopened(dir, messages);
  }

  @Test
  void manyOpeningsLeaveNothingBehind(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < 200; i++) {
      try (RocksSpool spool = open(dir)) {
        storeAll(spool, messages, 1);
      }
    }
    reopened(dir, messages);
  }

  private RocksSpool open(Path dir) {
    return builder(dir).writes(writes).open();
  }

  private static RocksSpool.Builder builder(Path dir) {
    return RocksSpool.builder(dir)
        .ballast(0)
        .minFreeSpace(SpaceThreshold.parse("0"))
        .minFreeInodes(SpaceThreshold.parse("0"))
        .errorUnlatchDuration(Duration.ZERO);
  }

  /** Fills a spool, all of it in table files, and closes it. */
  private Map<SpoolId, byte[]> filled(Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (RocksSpool spool = open(dir)) {
      storeAll(spool, messages, 50);
      Spooled.get(spool.compact());
    }
    return messages;
  }

  private static void healed(RocksSpool spool) {
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
  }

  private static void storeAll(RocksSpool spool, Map<SpoolId, byte[]> messages, int count) {
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SpoolId id = SpoolId.random();
      byte[] data =
          (id + " ")
              .repeat(messages.size() % 50)
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      messages.put(id, data);
      stores.add(spool.store(id, data));
    }
    stores.forEach(Spooled::get);
  }

  private static void assertHolds(RocksSpool spool, Map<SpoolId, byte[]> messages) {
    Map<SpoolId, byte[]> seen = Spooled.enumerate(spool);
    messages.forEach((id, data) -> assertThat(seen.get(id)).as(id.toString()).isEqualTo(data));
    messages.forEach((id, data) -> assertThat(Spooled.get(spool.load(id))).isEqualTo(data));
  }

  private void reopened(Path dir, Map<SpoolId, byte[]> messages) {
    try (RocksSpool spool = open(dir)) {
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool, messages);
    }
  }

  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return -1;
    }
  }
}
