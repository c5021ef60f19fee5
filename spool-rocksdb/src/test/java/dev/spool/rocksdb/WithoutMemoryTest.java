package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.testkit.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * There is so little memory that a write or a sync fails, and not even that can be told. It is
 * found out nevertheless, and the spool goes on when there is memory again.
 */
class WithoutMemoryTest {
  private final NoMemory noMemory = new NoMemory();
  private final SpoolId acknowledged = SpoolId.random();
  private final byte[] data = new byte[100];
  @TempDir private Path dir;

  @Test
  void writeThatFails() {
    failsAndGoesOn(
        new Failing() {
          @Override
          public void write(RocksDB db, WriteOptions options, WriteBatch batch)
              throws RocksDBException {
            failOnce();
            super.write(db, options, batch);
          }
        });
  }

  @Test
  void syncThatFails() {
    failsAndGoesOn(
        new Failing() {
          @Override
          public void syncWal(RocksDB db) throws RocksDBException {
            failOnce();
            super.syncWal(db);
          }
        });
  }

  /** What waits is the other thread's to tell then. */
  @Test
  void syncThatFailsBesideTheNextWrite() {
    Gate gate = new Gate();
    failsAndGoesOn(
        new Failing() {
          @Override
          public void write(RocksDB db, WriteOptions options, WriteBatch batch)
              throws RocksDBException {
            gate.pass();
            super.write(db, options, batch);
          }

          @Override
          public void syncWal(RocksDB db) throws RocksDBException {
            failOnce();
            super.syncWal(db);
          }
        },
        spool -> {
          gate.shut();
          CompletableFuture<Void> store = spool.store(SpoolId.random(), data);
          gate.awaitHeld();
          var unused = spool.store(SpoolId.random(), data, Durability.BUFFERED, null);
          gate.open();
          return store;
        });
  }

  private void failsAndGoesOn(Failing writes) {
    failsAndGoesOn(writes, spool -> spool.store(SpoolId.random(), data));
  }

  private void failsAndGoesOn(Failing writes, Function<Spool, CompletableFuture<Void>> store) {
    try (RocksSpool spool = open(writes)) {
      Spooled.get(spool.store(acknowledged, data));
      writes.fail = true;
      SpoolException failure = Spooled.failure(store.apply(spool));
      assertThat(failure).as("and no deadline").isInstanceOf(SpoolIOException.class);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      Spooled.await("it is noticed", () -> spool.stats().value("latches.fatal").orElseThrow() > 0);
      Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
      Spooled.get(spool.store(SpoolId.random(), data));
      assertThat(Spooled.get(spool.load(acknowledged))).isEqualTo(data);
    }
    assertThat(noMemory.left).as("it could not be told").hasNonPositiveValue();
  }

  private RocksSpool open(NativeWrites writes) {
    return RocksSpool.builder(dir)
        .settings(Map.of("ballast", "0", "minFreeSpace", "0", "minFreeInodes", "0"))
        .errorUnlatchDuration(Duration.ZERO)
        .storeDeadline(Duration.ofSeconds(20))
        .shutdownTimeout(Duration.ofSeconds(5))
        .patience(Duration.ofMillis(100))
        .writes(writes)
        .open();
  }

  /** As they are, until one is to fail. */
  private class Failing implements NativeWrites {
    volatile boolean fail;

    void failOnce() {
      if (fail) {
        fail = false;
        throw noMemory;
      }
    }

    @Override
    public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
      DIRECT.write(db, options, batch);
    }

    @Override
    public void syncWal(RocksDB db) throws RocksDBException {
      DIRECT.syncWal(db);
    }
  }

  /** Fails whoever would tell it, the first few times. */
  @SuppressWarnings("OverrideThrowableToString") // it fails when its whole is asked for
  private static final class NoMemory extends OutOfMemoryError {
    private static final long serialVersionUID = 1;

    final transient AtomicInteger left = new AtomicInteger(4);

    @Override
    public String toString() {
      if (left.getAndDecrement() > 0) {
        throw this;
      }
      return "no memory";
    }
  }
}
