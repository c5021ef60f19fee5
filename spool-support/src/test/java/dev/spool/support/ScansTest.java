package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class ScansTest {
  private static final int MOST = 64;

  private final SpoolThreads threads = new SpoolThreads("test");
  private final ScheduledThreadPoolExecutor timer = threads.timer("timer");
  private final HealthLatch health = HealthLatch.open("test", HealthLatch.Settings.defaults());
  private final ScriptedEngine engine = new ScriptedEngine();
  private final Semaphore mayEnd = new Semaphore(0);

  /** Continuations run on the very thread that ends a scan. */
  private final Scans scans =
      new Scans(
          new EngineContext("test", threads, health, () -> {}),
          engine,
          new Lifecycle(),
          new Callbacks(Runnable::run, timer, null));

  @AfterEach
  void stop() {
    mayEnd.release(2 * MOST);
    timer.shutdown();
  }

  /** The place of one that has ended is free when its future is complete, and not soon after. */
  @Test
  void scanIsBegunInTheContinuationOfOneThatHasEnded() throws Exception {
    engine.empty = true;
    engine.whenScanning = mayEnd::acquireUninterruptibly;
    List<CompletableFuture<ScanReport>> all = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      all.add(scans.start(scan()));
    }
    assertThat(scans.start(scan()))
        .as("no more than these at once")
        .failsWithin(1, TimeUnit.MINUTES)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(BackpressureTimeoutException.class);
    CompletableFuture<ScanReport> next =
        CompletableFuture.anyOf(all.toArray(new CompletableFuture<?>[0]))
            .thenCompose(ended -> scans.start(scan()));
    mayEnd.release(); // one of them ends, and no other
    while (!next.isDone() && scans.active() < MOST) {
      Thread.onSpinWait();
    }
    mayEnd.release(MOST);
    assertThat(next.get().items()).isZero();
    for (CompletableFuture<ScanReport> each : all) {
      assertThat(each.get().items()).isZero();
    }
    assertThat(scans.active()).isZero();
  }

  private static ScanCall scan() {
    return new ScanCall(EntryChannel.bounded(1, 1), Instant.MAX, true);
  }
}
