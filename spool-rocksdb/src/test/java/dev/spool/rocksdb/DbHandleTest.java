package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** A closed database is never reached: that would be the end of this JVM. */
class DbHandleTest {

  @Test
  void noLeaseAfterTheEnd(@TempDir Path dir) throws RocksDBException {
    DbHandle handle = handle(dir);
    DbSlot slot = new DbSlot("the database", handle, Duration.ZERO);
    DbLease lease = slot.lease();
    handle.refuse();
    assertThat(handle.tryLease()).isNull();
    assertThat(slot.tryLease()).isNull();
    assertThatThrownBy(() -> slot.lease()).isInstanceOf(SpoolIOException.class);
    assertThat(handle.awaitDrained(Duration.ZERO)).isFalse();
    assertThat(lease.db().getLatestSequenceNumber()).isNotNegative();
    lease.close();
    assertThat(handle.awaitDrained(Duration.ofSeconds(60))).isTrue();
    handle.free();
    handle.free();
    assertThat(handle.tryLease()).isNull();
  }

  @Test
  void freeingWaitsForWhoIsInside(@TempDir Path dir) throws Exception {
    for (int round = 0; round < 20; round++) {
      DbHandle handle = handle(dir.resolve("r" + round));
      byte[] key = SpoolId.random().toBytes();
      List<CompletableFuture<Void>> readers =
          IntStream.range(0, 4)
              .mapToObj(i -> CompletableFuture.runAsync(() -> readUntilRefused(handle, key)))
              .toList();
      handle.refuse();
      assertThat(handle.awaitDrained(Duration.ofSeconds(60))).isTrue();
      handle.free();
      readers.forEach(CompletableFuture::join);
    }
  }

  @Test
  void barredHandleIsReadAndNotWritten(@TempDir Path dir) throws RocksDBException {
    DbHandle handle = handle(dir);
    DbSlot slot = new DbSlot("the database", handle, Duration.ZERO);
    IllegalStateException why = new IllegalStateException("first");
    handle.bar(why);
    handle.bar(new IllegalStateException("second"));
    assertThat(handle.barred()).isSameAs(why);
    assertThat(handle.isWritable()).isFalse();
    assertThat(slot.tryWritable()).isNull();
    slot.lease().close();
    handle.refuse();
    handle.free();
  }

  @Test
  void failedOpeningFreesWhatItHad(@TempDir Path dir) {
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(
              () ->
                  DbHandle.open(
                      dir.resolve("none"), RocksOptions.ofOwner(settings(), false, true, false)))
          .isInstanceOf(RocksDBException.class);
    }
  }

  private static void readUntilRefused(DbHandle handle, byte[] key) {
    while (true) {
      DbLease lease = handle.tryLease();
      if (lease == null) {
        return;
      }
      try (lease) {
        assertThat(lease.db().get(key)).isNull();
      } catch (RocksDBException e) {
        throw new AssertionError(e);
      }
    }
  }

  static DbHandle handle(Path dir) throws RocksDBException {
    Databases.make(dir, Map.of());
    return reopened(dir);
  }

  static DbHandle reopened(Path dir) throws RocksDBException {
    return DbHandle.open(dir, options());
  }

  static RocksOptions options() {
    return RocksOptions.ofOwner(settings(), true, true, false);
  }

  private static RocksSettings settings() {
    NativeLibrary.load(null);
    return RocksSpool.builder(Path.of("unused")).settings();
  }
}
