package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class SpaceWatchTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final long GIB = 1L << 30;

  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch =
      new HealthLatch("in", HealthLatch.Settings.defaults(), time, time, log);
  private final Queue<Runnable> handedOver = new ArrayDeque<>();

  private long free = 20 * GIB;
  private IOException failure;
  private int asked;

  private final SpaceWatch watch =
      new SpaceWatch(this::ask, SpaceGuard.defaults(), latch, INTERVAL, handedOver::add, time);

  private DiskSpace ask() throws IOException {
    asked++;
    if (failure != null) {
      throw failure;
    }
    return new DiskSpace(50 * GIB, free, 0, 0);
  }

  private void runMaintenance() {
    while (!handedOver.isEmpty()) {
      handedOver.remove().run();
    }
  }

  private boolean probe() {
    return latch.wantsProbe() && latch.probeSucceeded(latch.probeToken());
  }

  @Test
  void anOpeningBelowTheThresholdSucceedsAndLogsOneWarningWithFiguresAndSetting() {
    free = GIB + GIB / 4;
    watch.check();
    for (int i = 0; i < 100; i++) {
      time.pass(INTERVAL);
      watch.tick();
      runMaintenance();
    }
    assertThat(log.take())
        .containsExactly(
            new LogLines.Line(
                Level.WARN,
                "spool in: stores are refused: no room: 1.2 GiB free of 50 GiB,"
                    + " below minFreeSpace=4 GiB",
                null));
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolFullException.class);
  }

  @Test
  void aSpoolAtTheEdgeDoesNotFlap() {
    free = 4 * GIB - 1;
    watch.check();
    assertThat(latch.unhealthyReason()).isNotNull();
    for (int i = 0; i < 10; i++) {
      free = 4 * GIB + i * (GIB / 20);
      watch.check();
      assertThat(probe()).isFalse();
      free = 4 * GIB - 1;
      watch.check();
    }
    long mark = 4 * GIB + 4 * GIB / 5;
    free = mark - 1;
    watch.check();
    assertThat(probe()).isFalse();
    free = mark;
    watch.check();
    assertThat(latch.unhealthyReason()).as("not without the proof").isNotNull();
    assertThat(probe()).isTrue();
    assertThat(latch.unhealthyReason()).isNull();
    free = 4 * GIB;
    watch.check();
    assertThat(latch.unhealthyReason()).as("down to the threshold it stays").isNull();
    assertThat(latch.counters().spaceLatches()).isEqualTo(1);
  }

  @Test
  void roomThatShrinksBeforeTheProbeSucceedsHoldsTheLatch() {
    free = GIB;
    watch.check();
    free = 20 * GIB;
    watch.check();
    HealthLatch.ProbeToken token = latch.probeToken();
    free = GIB;
    watch.check();
    assertThat(latch.probeSucceeded(token)).isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  @Test
  void withThresholdsOffAFullDiskIsStillOverAfterAProbe() {
    SpaceWatch off =
        new SpaceWatch(
            this::ask,
            new SpaceGuard(SpaceThreshold.off(), SpaceThreshold.off()),
            latch,
            INTERVAL,
            handedOver::add,
            time);
    free = 0;
    off.check();
    assertThat(latch.unhealthyReason()).isNull();
    latch.spaceFailed("cannot write", new IOException("No space left on device"));
    off.check();
    assertThat(probe()).isTrue();
    assertThat(latch.unhealthyReason()).isNull();
  }

  @Test
  void theDiskIsAskedOnTheMaintenanceThreadOnlyOnceInEachInterval() {
    watch.tick();
    assertThat(asked).isZero();
    assertThat(handedOver).hasSize(1);
    for (int i = 0; i < 5; i++) {
      runMaintenance();
      assertThat(asked).isEqualTo(i + 1);
      watch.tick();
      time.pass(INTERVAL.minusNanos(1));
      watch.tick();
      assertThat(handedOver).isEmpty();
      time.pass(Duration.ofNanos(1));
      watch.tick();
      assertThat(handedOver).hasSize(1);
    }
  }

  @Test
  void checkThatThereWasNoMemoryToHandOverIsHandedOverLater() {
    Executor withoutMemory =
        task -> {
          if (asked == 0) {
            asked = 1;
            throw new OutOfMemoryError("expected");
          }
          handedOver.add(task);
        };
    SpaceWatch scarce =
        new SpaceWatch(this::ask, SpaceGuard.defaults(), latch, INTERVAL, withoutMemory, time);
    scarce.tick(); // throws nothing, so that what comes after it is done
    time.pass(INTERVAL);
    scarce.tick();
    assertThat(handedOver).hasSize(1);
  }

  @Test
  void checksDoNotPileUpWhileMaintenanceIsBusy() {
    for (int i = 0; i < 100; i++) {
      watch.tick();
      time.pass(INTERVAL);
    }
    assertThat(handedOver).hasSize(1);
    assertThat(latch.health().state()).as("busy is not stuck").isEqualTo(State.HEALTHY);
  }

  @Test
  void anAnswerThatIsMissingForThreeIntervalsDegradesUntilItComes() {
    SpaceWatch hanging =
        new SpaceWatch(
            () -> {
              time.pass(INTERVAL.multipliedBy(3).minusNanos(1));
              this.watchDuringCall.tick();
              assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
              time.pass(Duration.ofNanos(1));
              this.watchDuringCall.tick();
              assertThat(latch.health().state()).isEqualTo(State.DEGRADED);
              assertThat(latch.health().reason()).startsWith("disk probe stuck");
              assertThat(latch.unhealthyReason()).isNull();
              assertThat(handedOver).as("no second question").isEmpty();
              return ask();
            },
            SpaceGuard.defaults(),
            latch,
            INTERVAL,
            handedOver::add,
            time);
    watchDuringCall = hanging;
    hanging.tick();
    runMaintenance();
    assertThat(asked).isEqualTo(1);
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
    assertThat(log.take()).extracting(LogLines.Line::level).containsExactly(Level.WARN, Level.INFO);
    hanging.tick();
    assertThat(handedOver).as("and it goes on").hasSize(1);
  }

  private SpaceWatch watchDuringCall;

  @Test
  void aFileSystemThatFailsWhenAskedIsAFatalError() {
    failure = new FileSystemException("/s", null, "Input/output error");
    watch.check();
    assertThat(latch.health().state()).isEqualTo(State.SHEDDING);
    assertThat(latch.health().cause()).isSameAs(failure);
    assertThat(watch.last()).isNull();
  }

  @Test
  void aShortageOfDescriptorsWhenAskedIsOnlySuspect() {
    failure = new FileSystemException("/s", null, "Too many open files");
    watch.check();
    assertThat(latch.health().state()).isEqualTo(State.DEGRADED);
    assertThat(latch.health().reason()).contains("free space unknown");
    failure = null;
    watch.check();
    latch.suspectCleared();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
    assertThat(watch.last()).isEqualTo(new DiskSpace(50 * GIB, free, 0, 0));
  }

  @Test
  void aDiskThatCouldNotBeAskedSaysNothingAboutRoom() {
    free = GIB;
    watch.check();
    failure = new FileSystemException("/s", null, "Too many open files");
    watch.check();
    assertThat(latch.wantsProbe()).isFalse();
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolFullException.class);
  }

  @Test
  void maintenanceThatHasEndedIsNoFailure() {
    SpaceWatch rejected =
        new SpaceWatch(
            this::ask,
            SpaceGuard.defaults(),
            latch,
            INTERVAL,
            task -> {
              throw new RejectedExecutionException();
            },
            time);
    rejected.tick();
    time.pass(INTERVAL);
    rejected.tick();
    assertThat(asked).isZero();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
  }

  @Test
  void anIntervalThatIsNotPositiveIsRefused() {
    for (Duration interval : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      assertThatThrownBy(
              () ->
                  new SpaceWatch(
                      this::ask, SpaceGuard.defaults(), latch, interval, handedOver::add, time))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Who does not know whether the disk is full does not say that all is well. */
  @Test
  void checksThatCannotBeBegunAreToldAfterThreeIntervals() {
    boolean[] none = {true};
    Executor withoutThreads =
        task -> {
          if (none[0]) {
            throw new OutOfMemoryError("expected by the test: no thread to be had");
          }
          handedOver.add(task);
        };
    SpaceWatch scarce =
        new SpaceWatch(this::ask, SpaceGuard.defaults(), latch, INTERVAL, withoutThreads, time);
    for (int i = 0; i < 3; i++) {
      scarce.tick();
      time.pass(INTERVAL);
    }
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
    for (int i = 0; i < 100; i++) {
      scarce.tick();
      time.pass(INTERVAL);
    }
    assertThat(latch.health().state()).isEqualTo(State.DEGRADED);
    String reason =
        "disk probe not made for more than 30 s:"
            + " java.lang.OutOfMemoryError: expected by the test: no thread to be had";
    assertThat(latch.health().reason()).isEqualTo(reason);
    none[0] = false;
    scarce.tick();
    runMaintenance();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
    assertThat(log.take())
        .extracting(line -> line.level() + " " + line.text())
        .containsExactly(
            "WARN spool in: degraded: " + reason, "INFO spool in: no longer degraded: " + reason);
  }

  /** There is a thread, and it finds no memory to ask. */
  @Test
  void checksThatFailBeforeTheyHaveAskedTellWhy() {
    boolean[] none = {true};
    SpaceWatch scarce =
        new SpaceWatch(
            () -> {
              if (none[0]) {
                throw new OutOfMemoryError("expected by the test: no memory to ask");
              }
              return ask();
            },
            SpaceGuard.defaults(),
            latch,
            INTERVAL,
            handedOver::add,
            time);
    for (int i = 0; i < 4; i++) {
      scarce.tick();
      assertThatThrownBy(this::runMaintenance).isInstanceOf(OutOfMemoryError.class);
      time.pass(INTERVAL);
    }
    assertThat(latch.health().reason())
        .isEqualTo(
            "disk probe not made for more than 30 s:"
                + " java.lang.OutOfMemoryError: expected by the test: no memory to ask");
    none[0] = false;
    scarce.tick();
    runMaintenance();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
  }
}
