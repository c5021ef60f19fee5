package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * There is so little memory that a write or a sync fails, and often not even that can be told. It
 * is found out nevertheless, and the spool goes on when there is memory again.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class WithoutMemoryTest {
  private final SpoolId acknowledged = SpoolId.random();
  private final byte[] data = new byte[100];

  /** What the committer must not do, once; null if nothing. */
  private volatile @Nullable String failing;

  private volatile boolean largeFails;

  /** The next write of the committer is that of the large message. */
  private volatile boolean armed;

  @TempDir private Path directory;

  @Test
  void writeThatFails() {
    failsAndGoesOn("write", Durability.SYNC, new NoMemory(0));
  }

  @Test
  void writeThatFailsAndCannotBeTold() {
    failsAndGoesOn("write", Durability.BUFFERED, new NoMemory(4));
  }

  @Test
  void syncThatFails() {
    failsAndGoesOn("force", Durability.SYNC, new NoMemory(0));
  }

  @Test
  void syncThatFailsAndCannotBeTold() {
    failsAndGoesOn("force", Durability.SYNC, new NoMemory(4));
  }

  /** What fails is a task that somebody has asked for, and not a write: the journal is broken. */
  @Test
  void adviceThatFails() {
    NoMemory noMemory = new NoMemory(0);
    try (JournalSpool spool = open(noMemory, new Gate())) {
      spool.store(acknowledged, data).join();
      spool.store(SpoolId.random(), data, Durability.BUFFERED, null).join();
      failing = "force";
      var unused = failure(spool.adviseLowMemory());
      await(() -> spool.stats().value("reopened").orElseThrow() > 0);
      await(() -> spool.unhealthyReason() == null);
      spool.store(SpoolId.random(), data).join();
      assertThat(spool.load(acknowledged).join()).isEqualTo(data);
    }
  }

  /** What was withdrawn is let go once, whatever happens to those behind it. */
  @Test
  void withdrawnCallBeforeTheOneThatFails() {
    NoMemory noMemory = new NoMemory(4);
    Gate gate = new Gate();
    try (JournalSpool spool = open(noMemory, gate)) {
      spool.store(acknowledged, data).join();
      gate.shut();
      CompletableFuture<Void> held = spool.store(SpoolId.random(), data);
      gate.awaitHeld();
      CompletableFuture<Void> withdrawn = spool.store(SpoolId.random(), data);
      CompletableFuture<Void> large = spool.store(SpoolId.random(), new byte[3 << 20]);
      assertThat(withdrawn.cancel(false)).isTrue();
      largeFails = true;
      gate.open();
      held.join();
      assertThat(failure(large).outcome()).isEqualTo(Outcome.UNKNOWN);
      await(() -> spool.unhealthyReason() == null);
      await(() -> spool.stats().value("stores.in.flight").orElseThrow() == 0);
      spool.store(SpoolId.random(), data).join();
      assertThat(spool.load(acknowledged).join()).isEqualTo(data);
      assertThat(spool.stats().value("stores.in.flight").orElseThrow()).isZero();
      assertThat(spool.stats().value("bytes.in.flight").orElseThrow()).isZero();
    }
    assertThat(noMemory.left).as("it could not be told").hasNonPositiveValue();
  }

  private void failsAndGoesOn(String method, Durability durability, NoMemory noMemory) {
    try (JournalSpool spool = open(noMemory, new Gate())) {
      spool.store(acknowledged, data).join();
      failing = method;
      SpoolException failure = failure(spool.store(SpoolId.random(), data, durability, null));
      assertThat(failing).isNull();
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      await(() -> spool.stats().value("reopened").orElseThrow() > 0);
      await(() -> spool.unhealthyReason() == null);
      spool.store(SpoolId.random(), data).join();
      assertThat(spool.load(acknowledged).join()).isEqualTo(data);
      assertThat(spool.stats().value("latches.fatal").orElseThrow()).isPositive();
    }
    assertThat(noMemory.left).as("it could not be told").hasNonPositiveValue();
  }

  private JournalSpool open(NoMemory noMemory, Gate gate) {
    return JournalSpool.builder(directory)
        .segmentSize(256 << 10)
        .errorUnlatchDuration(Duration.ZERO)
        .storeDeadline(Duration.ofSeconds(50))
        .disk(
            HookedDisk.of(
                Disk.system(),
                (thread, method, path) -> {
                  if (thread.equals("committer") && method.equals("force")) {
                    gate.pass();
                    armed = largeFails;
                  } else if (thread.equals("committer") && method.equals("write") && armed) {
                    armed = false;
                    largeFails = false;
                    throw noMemory;
                  }
                  if (thread.equals("committer") && method.equals(failing)) {
                    failing = null;
                    throw noMemory;
                  }
                }))
        .open();
  }

  private static SpoolException failure(CompletableFuture<?> future) {
    try {
      future.join();
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    }
    throw new AssertionError("it did not fail");
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Fails whoever would tell it, the first few times. */
  @SuppressWarnings("OverrideThrowableToString") // it fails when its whole is asked for
  private static final class NoMemory extends OutOfMemoryError {
    private static final long serialVersionUID = 1;

    final transient AtomicInteger left;

    NoMemory(int times) {
      left = new AtomicInteger(times);
    }

    @Override
    public String toString() {
      if (left.getAndDecrement() > 0) {
        throw this;
      }
      return "no memory";
    }
  }
}
