package dev.spool.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Quarantine takes what is damaged, and nothing else. */
class QuarantineTest {
  static final SpoolId ID = SpoolId.random();

  @Test
  void messageThatReplacesADamagedOneMeanwhileStays(@TempDir Path dir) throws Exception {
    Path spooled = damaged(dir);
    Path aside = dir.resolve("aside");
    byte[] replacement = message(2);
    HeldWrites writes = new HeldWrites();
    try (RocksSpool spool = builder(spooled).writes(writes).open()) {
      CompletableFuture<Void> store = spool.store(ID, replacement);
      writes.begun.await();
      CompletableFuture<Void> quarantine = spool.quarantine(ID, aside);
      Spooled.await("it is saved", () -> Files.exists(aside.resolve(ID + ".reason")));
      writes.goOn.countDown();
      Spooled.get(store);
      SpoolException failure = Spooled.failure(quarantine);
      assertThat(failure.detail()).contains("is whole");
      assertThat(failure.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED);
      assertThat(Spooled.get(spool.load(ID))).isEqualTo(replacement);
    }
    try (RocksSpool spool = builder(spooled).open()) {
      assertThat(Spooled.get(spool.load(ID))).isEqualTo(replacement);
    }
  }

  @Test
  void whatIsInTheDirectoryIsKept(@TempDir Path dir) throws IOException {
    Path spooled = damaged(dir);
    Path aside = Files.createDirectory(dir.resolve("aside"));
    Path earlier = Files.writeString(aside.resolve(ID + ".damaged"), "saved before");
    try (RocksSpool spool = builder(spooled).open()) {
      Spooled.get(spool.quarantine(ID, aside));
      assertThat(earlier).hasContent("saved before");
      assertThat(aside.resolve(ID + ".1.damaged")).exists();
      assertThat(aside.resolve(ID + ".1.reason")).exists();
    }
  }

  @Test
  void directoryThatCannotBeMadeLeavesTheSpoolAlone(@TempDir Path dir) throws IOException {
    Path spooled = damaged(dir);
    Path file = Files.writeString(dir.resolve("file"), "in the way");
    try (RocksSpool spool = builder(spooled).open()) {
      SpoolException failure = Spooled.failure(spool.quarantine(ID, file));
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.detail()).contains(file.toString());
      assertThat(spool.unhealthyReason()).isNull();
      Spooled.get(spool.quarantine(ID, dir.resolve("aside"))); // it is there still
    }
  }

  @Test
  void quarantineWaitsUntilAStallIsOver(@TempDir Path dir) throws IOException {
    Path spooled = damaged(dir);
    FaultyWrites writes = new FaultyWrites();
    try (RocksSpool spool = builder(spooled).writes(writes).open()) {
      writes.failWrites(3, FaultyWrites.STALL);
      Spooled.get(spool.quarantine(ID, dir.resolve("aside")));
      assertThat(writes.writesFailed).hasValue(3);
      assertThat(Spooled.failure(spool.load(ID))).isInstanceOf(MessageNotFoundException.class);
    }
  }

  @Test
  void bufferedWritesAreAtRiskWhenTheRemovalOfADamagedMessageFails(@TempDir Path dir)
      throws IOException {
    Path spooled = damaged(dir);
    FaultyWrites writes = new FaultyWrites();
    try (RocksSpool spool = builder(spooled).writes(writes).open()) {
      Spooled.get(spool.store(SpoolId.random(), message(1), Durability.BUFFERED, null));
      Spooled.get(spool.store(SpoolId.random(), message(2), Durability.BUFFERED, null));
      writes.failWrites(1, FaultyWrites.DEVICE);
      Spooled.failure(spool.quarantine(ID, dir.resolve("aside")));
      Spooled.await("they are counted", () -> atRisk(spool) == 2);
    }
  }

  private static long atRisk(RocksSpool spool) {
    return spool.stats().figures().stream()
        .filter(figure -> figure.name().equals("buffered.at.risk"))
        .mapToLong(figure -> figure.value())
        .findFirst()
        .orElse(0);
  }

  /** What was compressed cannot be taken apart once it is damaged; its block is saved as it is. */
  @ParameterizedTest
  @ValueSource(strings = {"zstd", "lz4", "snappy", "zlib"})
  void damagedBlockThatWasCompressedIsSavedAsItIs(String compression, @TempDir Path dir)
      throws IOException {
    Path spooled = dir.resolve("spool");
    byte[] mail = "Subject: in a compressed block\n".repeat(2000).getBytes(US_ASCII);
    try (RocksSpool spool = builder(spooled).compressionType(compression).open()) {
      Spooled.get(spool.store(ID, mail));
      Spooled.get(spool.compact());
    }
    Path table = Databases.tables(spooled.resolve("db")).get(0);
    for (int position = 5; position < 45; position++) {
      Databases.flip(table, position);
    }
    byte[] before = Files.readAllBytes(table);
    Path aside = dir.resolve("aside");
    try (RocksSpool spool = builder(spooled).open()) {
      Spooled.get(spool.quarantine(ID, aside));
      assertThat(Spooled.failure(spool.load(ID))).isInstanceOf(MessageNotFoundException.class);
    }
    byte[] saved = Files.readAllBytes(aside.resolve(ID + ".damaged"));
    assertThat(saved).isNotEmpty();
    if (!Files.readString(aside.resolve(ID + ".reason")).contains("unchecked")) {
      assertThat(before).startsWith(saved);
    }
  }

  @Test
  void placeOfADamagedBlockIsTakenFromTheFailure() {
    RocksDBException index = corruption("in /s/db/000012.sst offset 900 size 95");
    assertThat(DamagedBlock.of(index)).isEqualTo(new DamagedBlock("000012.sst", 900, 95));
    assertThat(DamagedBlock.of(corruption("of something else"))).isNull();
  }

  private static RocksDBException corruption(String place) {
    return new RocksDBException(
        "block checksum mismatch: stored = 1, computed = 2, type = 4 " + place,
        new Status(
            Status.Code.Corruption, Status.SubCode.None, "block checksum mismatch: " + place));
  }

  /** Makes a spool of one message, and damages that. */
  static Path damaged(Path dir) throws IOException {
    Path spooled = dir.resolve("spool");
    try (RocksSpool spool = builder(spooled).open()) {
      Spooled.get(spool.store(ID, message(1)));
    }
    Databases.damage(spooled.resolve("db"), ID);
    return spooled;
  }

  private static byte[] message(int filling) {
    byte[] message = new byte[1000];
    Arrays.fill(message, (byte) filling);
    return message;
  }

  private static RocksSpool.Builder builder(Path dir) {
    return RocksSpool.builder(dir)
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off());
  }
}
