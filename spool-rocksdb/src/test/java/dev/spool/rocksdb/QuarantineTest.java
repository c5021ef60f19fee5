package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Quarantine takes what is damaged, and nothing else. */
class QuarantineTest {
  private static final SpoolId ID = SpoolId.random();

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

  /** Makes a spool of one message, and damages that. */
  private static Path damaged(Path dir) throws IOException {
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
