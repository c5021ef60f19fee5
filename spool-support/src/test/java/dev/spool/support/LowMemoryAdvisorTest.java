package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolStats;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class LowMemoryAdvisorTest {
  private static final long MIB = 1 << 20;
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final Advisable first = new Advisable("first");
  private final Advisable second = new Advisable("second");
  private @Nullable MemoryReading heap;
  private @Nullable MemoryReading cgroup;

  /** A spool that counts the advice that it is given. */
  private static final class Advisable {
    final Spool spool;
    State state = State.HEALTHY;
    @Nullable RuntimeException healthFailure;
    int advised;
    Supplier<CompletableFuture<Long>> answer = () -> CompletableFuture.completedFuture(1L);

    Advisable(String name) {
      spool =
          (Spool)
              Proxy.newProxyInstance(
                  Spool.class.getClassLoader(),
                  new Class<?>[] {Spool.class},
                  (proxy, method, arguments) ->
                      switch (method.getName()) {
                        case "health" -> {
                          if (healthFailure != null) {
                            throw healthFailure;
                          }
                          yield new SpoolHealth(state, null, null, Instant.EPOCH);
                        }
                        case "stats" -> new SpoolStats(name, "test", List.of());
                        case "adviseLowMemory" -> {
                          advised++;
                          yield answer.get();
                        }
                        default -> throw new AssertionError(method);
                      });
    }
  }

  private LowMemoryAdvisor advisor() {
    return new LowMemoryAdvisor(
        0.8, () -> heap, 0.9, () -> cgroup, List.of(first.spool, second.spool), time, log);
  }

  private static MemoryReading heapAt(long mib) {
    return new MemoryReading("heap after collection", mib * MIB, 100 * MIB);
  }

  private static MemoryReading cgroupAt(long mib) {
    return new MemoryReading("control group", mib * MIB, 1000 * MIB);
  }

  private List<LogLines.Line> warnings() {
    return log.take().stream().filter(line -> line.level() == Level.WARN).toList();
  }

  @Test
  void noAdviceWhileThereIsRoomOrNothingIsKnown() {
    LowMemoryAdvisor advisor = advisor();
    advisor.look();
    heap = heapAt(80);
    cgroup = cgroupAt(900);
    advisor.look();
    assertThat(first.advised).isZero();
    assertThat(log.take()).isEmpty();
  }

  @Test
  void aFullHeapIsAdvisedOfToAllSpoolsWithOneLineOfFigures() {
    LowMemoryAdvisor advisor = advisor();
    heap = heapAt(81);
    cgroup = cgroupAt(500);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
    assertThat(second.advised).isEqualTo(1);
    assertThat(warnings())
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.text())
                    .contains("heap after collection 81 MiB of 100 MiB (81 %)")
                    .contains("control group 500 MiB of 1000 MiB (50 %)"));
  }

  @Test
  void aFullControlGroupIsAdvisedOf() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(901);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
  }

  @Test
  void adviceComesAtMostOnceAMinute() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    for (int second = 0; second < 60; second++) {
      advisor.look();
      heap = heapAt(81 + second % 10);
      time.seconds(1);
    }
    assertThat(first.advised).isEqualTo(1);
    advisor.look();
    assertThat(first.advised).isEqualTo(2);
    assertThat(warnings()).hasSize(2);
  }

  @Test
  void aHeapThatWasNotCollectedSinceIsNoReasonToAdviseAgain() {
    LowMemoryAdvisor advisor = advisor();
    heap = heapAt(85);
    advisor.look();
    time.pass(A_MINUTE.multipliedBy(10));
    heap = heapAt(85);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
    heap = heapAt(84);
    advisor.look();
    assertThat(first.advised).isEqualTo(2);
  }

  @Test
  void adviceThatFailsIsLoggedOnceUntilItSucceedsAgainAndHindersNobody() {
    LowMemoryAdvisor advisor = advisor();
    SpoolIOException failure = new SpoolIOException("flushing /spool", null);
    cgroup = cgroupAt(950);
    first.answer = () -> CompletableFuture.failedFuture(failure);
    failures(advisor, 1);
    failures(advisor, 0);
    first.answer = () -> CompletableFuture.completedFuture(1L);
    failures(advisor, 0);
    first.answer =
        () -> {
          throw failure;
        };
    failures(advisor, 1);
    assertThat(second.advised).isEqualTo(4);
  }

  private void failures(LowMemoryAdvisor advisor, int expected) {
    log.take();
    advisor.look();
    time.pass(A_MINUTE);
    assertThat(warnings().stream().filter(line -> line.cause() != null)).hasSize(expected);
  }

  @Test
  void aSpoolThatCannotTellItsHealthIsAdvisedAllTheSameAndSoAreTheOthers() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    first.healthFailure = new IllegalStateException("no health");
    first.answer =
        () -> {
          throw new IllegalStateException("no advice");
        };
    failures(advisor, 1);
    failures(advisor, 0);
    assertThat(first.advised).isEqualTo(2);
    assertThat(second.advised).isEqualTo(2);
  }

  @Test
  void aSpoolThatAnswersWithNothingIsSaidAdvisedAgainAndHindersNobody() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    first.answer = () -> null;
    failures(advisor, 1);
    failures(advisor, 0);
    assertThat(first.advised).isEqualTo(2);
    assertThat(second.advised).isEqualTo(2);
  }

  @Test
  void closeDoesNotWaitForASpoolThatBlocksAndNoOtherIsAskedAfterIt() throws Exception {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<Long> blocked = new CompletableFuture<>();
    first.answer =
        () -> {
          asked.countDown();
          blocked.join();
          return blocked;
        };
    Thread looking = new Thread(advisor::look);
    looking.start();
    try {
      assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(CompletableFuture.runAsync(advisor::close)).succeedsWithin(Duration.ofMinutes(1));
    } finally {
      blocked.complete(0L);
      looking.join();
    }
    assertThat(second.advised).isZero();
  }

  @Test
  void aClosedSpoolIsPassedOver() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    first.state = State.CLOSED;
    second.answer =
        () -> {
          second.state = State.CLOSED; // it is closed while it is being advised
          return CompletableFuture.failedFuture(new SpoolClosedException("second"));
        };
    advisor.look();
    assertThat(first.advised).isZero();
    assertThat(second.advised).isEqualTo(1);
    assertThat(warnings()).hasSize(1);
  }

  @Test
  void aSpoolThatIsStillAtItIsNotAdvisedAgain() {
    LowMemoryAdvisor advisor = advisor();
    cgroup = cgroupAt(950);
    CompletableFuture<Long> slow = new CompletableFuture<>();
    first.answer = () -> slow;
    advisor.look();
    time.pass(A_MINUTE);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
    assertThat(second.advised).isEqualTo(2);
    slow.complete(0L);
    time.pass(A_MINUTE);
    advisor.look();
    assertThat(first.advised).isEqualTo(2);
  }

  @Test
  void figuresThatCannotBeReadAreSaidOnceAndTheOthersStillCount() {
    LowMemoryAdvisor advisor =
        new LowMemoryAdvisor(
            0.8,
            () -> heap,
            0.9,
            () -> {
              throw new IOException("Permission denied");
            },
            List.of(first.spool),
            time,
            log);
    advisor.look();
    advisor.look();
    assertThat(warnings()).hasSize(1);
    heap = heapAt(90);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
  }

  @Test
  void whatGoesWrongDoesNotEndTheWatch() {
    LowMemoryAdvisor advisor =
        new LowMemoryAdvisor(
            0.8,
            () -> {
              if (heap == null) {
                throw new OutOfMemoryError("made up");
              }
              return heap;
            },
            0.9,
            () -> null,
            List.of(first.spool),
            time,
            log);
    advisor.look();
    assertThat(log.take()).singleElement().extracting(LogLines.Line::level).isEqualTo(Level.ERROR);
    heap = heapAt(90);
    advisor.look();
    assertThat(first.advised).isEqualTo(1);
  }

  @Test
  void afterCloseThereIsNoAdvice() {
    LowMemoryAdvisor advisor = advisor();
    advisor.close();
    advisor.close();
    cgroup = cgroupAt(950);
    advisor.look();
    assertThat(first.advised).isZero();
  }

  @Test
  void watchingIsDoneByOneDaemonThreadThatEndsAtClose() throws InterruptedException {
    Thread thread;
    try (LowMemoryAdvisor advisor = LowMemoryAdvisor.watch(1, 1, first.spool)) {
      assertThat(advisor).isNotNull();
      thread = advisorThread();
      assertThat(thread).isNotNull().matches(Thread::isDaemon);
    }
    thread.join(60_000);
    assertThat(thread.isAlive()).isFalse();
  }

  private static @Nullable Thread advisorThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("spool-low-memory-advisor"))
        .findAny()
        .orElse(null);
  }

  @Test
  void fractionsThatMakeNoSenseAreRefused() {
    for (double fraction : new double[] {0, -1, 1.1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> LowMemoryAdvisor.watch(fraction, 0.9, first.spool));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> LowMemoryAdvisor.watch(0.9, fraction, first.spool));
    }
  }
}
