package dev.spool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.ScanCancelledException;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.Spools;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.ForwardingSpool;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.cumulative.CumulativeTimer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls are counted as what they were, and are none the worse for it. */
class MeteredSpoolTest {
  private static final byte[] MESSAGE = new byte[100];

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong(-5);
  private final FaultySpool faulty = new FaultySpool(Spools.open("memory:metered"));
  private final SpoolId id = SpoolId.random();

  @AfterEach
  void close() {
    faulty.heal();
    faulty.close();
  }

  @Test
  void aStoreIsTimedFromTheCallToTheAcknowledgement() {
    MeteredSpool spool = metered();
    faulty.stall();
    CompletableFuture<Void> slow = spool.store(id, MESSAGE);
    CompletableFuture<Void> buffered =
        spool.store(SpoolId.random(), MESSAGE, Durability.BUFFERED, null);
    assertThat(active("store")).isEqualTo(2);
    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    faulty.release();
    slow.join();
    buffered.join();
    Timer timer = registry.get("spool.store").tag("durability", "sync").timer();
    assertThat(timer.count()).isOne();
    assertThat(timer.totalTime(TimeUnit.SECONDS)).isEqualTo(3);
    assertThat(registry.get("spool.store").tag("durability", "buffered").timer().count()).isOne();
    assertThat(active("store")).isZero();
    assertThat(counter("spool.payload.in")).isEqualTo(200);
  }

  @Test
  void everyCallIsTimed(@TempDir Path dir) {
    MeteredSpool spool = metered();
    spool.store(id, MESSAGE).join();
    assertThat(spool.load(id).join()).hasSize(100);
    EntryChannel payloads = EntryChannel.bounded(10, 1000);
    spool.enumerate(payloads).join();
    payloads.close();
    EntryChannel listed = EntryChannel.bounded(10, 1000);
    spool.list(listed).join();
    listed.close();
    faulty.corrupt(id);
    spool.quarantine(id, dir).join();
    spool.remove(id).join();
    spool.cleanup().join();
    spool.compact().join();
    spool.adviseLowMemory().join();
    for (MeteredCall call : EnumSet.range(MeteredCall.STORE, MeteredCall.QUARANTINE)) {
      long count = registry.get(call.timer()).timers().stream().mapToLong(Timer::count).sum();
      assertThat(count).as(call.timer()).isOne();
    }
    assertThat(counter("spool.payload.out")).isEqualTo(100);
    assertThat(registry.get("spool.scan.entries").tag("entry", "item").counter().count())
        .isEqualTo(2);
  }

  @Test
  void everyFailureIsCountedByItsKind() {
    Map<SpoolException, FailureKind> kinds =
        Map.ofEntries(
            Map.entry(new MessageNotFoundException(id), FailureKind.NOT_FOUND),
            Map.entry(new MessageCorruptException(id, "here", "damaged"), FailureKind.CORRUPT),
            Map.entry(new MessageTooLargeException(9, 8), FailureKind.TOO_LARGE),
            Map.entry(new SpoolFullException("full", null), FailureKind.FULL),
            Map.entry(new SpoolUnhealthyException("ill", null), FailureKind.UNHEALTHY),
            Map.entry(
                new DeadlineExceededException("late", Outcome.NOT_APPLIED), FailureKind.DEADLINE),
            Map.entry(
                new BackpressureTimeoutException("busy", Outcome.NOT_APPLIED),
                FailureKind.BACKPRESSURE),
            Map.entry(new SpoolIOException("disk", null), FailureKind.IO),
            Map.entry(new SpoolClosedException("x"), FailureKind.CLOSED),
            Map.entry(new SpoolReadOnlyException("x"), FailureKind.READ_ONLY),
            Map.entry(new ScanCancelledException(), FailureKind.CANCELLED),
            Map.entry(
                new SpoolException("other", "other", Outcome.UNKNOWN, null), FailureKind.OTHER));
    assertThat(Set.copyOf(kinds.values())).isEqualTo(EnumSet.allOf(FailureKind.class));
    MeteredSpool spool = metered();
    kinds.forEach(
        (failure, kind) -> {
          double before = failures("load", kind);
          faulty.failNext(failure);
          assertThatThrownBy(() -> spool.load(id).join()).hasCause(failure);
          assertThat(failures("load", kind)).as(kind.tag()).isEqualTo(before + 1);
        });
    assertThat(registry.get("spool.load").timer().count()).isZero();
  }

  @Test
  void unknownOutcomesAreCounted() {
    MeteredSpool spool = metered();
    faulty.failNext(new SpoolIOException("disk", Outcome.UNKNOWN, null));
    assertThat(spool.store(id, MESSAGE)).isCompletedExceptionally();
    assertThat(unknown("store")).isOne();
    faulty.failNext(new SpoolIOException("disk", Outcome.NOT_APPLIED, null));
    assertThat(spool.store(id, MESSAGE)).isCompletedExceptionally();
    assertThat(unknown("store")).isOne();
    faulty.failNext(new DeadlineExceededException("late", Outcome.UNKNOWN));
    assertThat(spool.remove(id)).isCompletedExceptionally();
    assertThat(unknown("remove")).isOne();
    assertThat(counter("spool.payload.in")).isZero();
  }

  @Test
  void cancellingWithdrawsTheCall() {
    MeteredSpool spool = metered();
    faulty.stall();
    CompletableFuture<Void> future = spool.store(id, MESSAGE);
    assertThat(faulty.stalledCalls()).isOne();
    assertThat(future.cancel(true)).isTrue();
    assertThat(future).isCancelled();
    assertThat(faulty.stalledCalls()).isZero();
    assertThat(active("store")).isZero();
    assertThat(failures("store", FailureKind.CANCELLED)).isOne();
    assertThat(unknown("store")).isZero();
    faulty.release();
    assertThatThrownBy(() -> spool.load(id).join())
        .hasCauseInstanceOf(MessageNotFoundException.class);
  }

  @Test
  void cancellingADependentWithdrawsNothing() {
    MeteredSpool spool = metered();
    faulty.stall();
    CompletableFuture<Void> future = spool.store(id, MESSAGE);
    assertThat(future.thenRun(() -> {}).cancel(true)).isTrue();
    faulty.release();
    future.join();
    assertThat(spool.load(id).join()).hasSize(100);
  }

  @Test
  void misuseThrowsAndCountsAsNoCall() {
    MeteredSpool spool = metered();
    assertThatThrownBy(() -> spool.store(null, MESSAGE)).isInstanceOf(NullPointerException.class);
    assertThat(active("store")).isZero();
    for (FailureKind kind : FailureKind.values()) {
      assertThat(failures("store", kind)).as(kind.tag()).isZero();
    }
  }

  @Test
  void continuationsFindTheCallCounted() {
    MeteredSpool spool = metered();
    faulty.stall();
    CompletableFuture<Double> seen =
        spool.store(id, MESSAGE).thenApply(done -> counter("spool.payload.in"));
    faulty.release();
    assertThat(seen.join()).isEqualTo(100);
  }

  @Test
  void closingRemovesTheMetersBeforeTheCallerHearsOfIt() {
    MeteredSpool spool = metered();
    assertThat(registry.getMeters()).isNotEmpty();
    int left = spool.shutdown().thenApply(done -> registry.getMeters().size()).join();
    assertThat(left).isZero();
    spool.close();
    assertThat(spool.health().state()).isEqualTo(dev.spool.SpoolHealth.State.CLOSED);
  }

  @Test
  void aSpoolOpenedAgainUnderItsNameHasMetersOfItsOwn() {
    MeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    for (int i = 0; i < 3; i++) {
      try (MeteredSpool spool = new MeteredSpool(Spools.open("memory:again"), prometheus)) {
        spool.store(id, MESSAGE).join();
        assertThat(prometheus.get("spool.payload.in").counter().count()).isEqualTo(100);
        assertThat(prometheus.get("spool.memory").gauge().value()).isNotNaN();
      }
      assertThat(prometheus.getMeters()).isEmpty();
    }
  }

  @Test
  void aFailureThatTheWrappedSpoolHasWrappedIsHandedOnAsItIs() {
    Spool staged =
        new ForwardingSpool(faulty) {
          @Override
          public CompletableFuture<byte[]> load(SpoolId id) {
            return super.load(id).thenApply(data -> data); // which wraps a failure
          }
        };
    Throwable failure =
        new MeteredSpool(staged, registry)
            .load(SpoolId.random())
            .handle((data, thrown) -> thrown)
            .join();
    assertThat(failure).isInstanceOf(MessageNotFoundException.class);
    assertThat(failures("load", FailureKind.NOT_FOUND)).isEqualTo(1);
  }

  @Test
  void afterAShutdownThatFailedTheMetersStay() {
    SpoolException left = new SpoolException("left", "left", Outcome.UNKNOWN, null);
    Spool stuck =
        new ForwardingSpool(faulty) {
          @Override
          public CompletableFuture<Void> shutdown() {
            return CompletableFuture.failedFuture(left);
          }

          @Override
          public void close() {
            throw left;
          }
        };
    MeteredSpool spool = new MeteredSpool(stuck, registry);
    assertThatThrownBy(spool::close).isSameAs(left);
    assertThat(spool.shutdown()).isCompletedExceptionally();
    assertThat(failures("shutdown", FailureKind.OTHER)).isEqualTo(2);
  }

  @Test
  void aRegistryThatFailsFailsNoCall() {
    FailingRegistry failing = new FailingRegistry();
    MeteredSpool spool = new MeteredSpool(faulty, failing);
    failing.removalFails = true;
    spool.store(id, MESSAGE).join();
    assertThat(spool.load(id).join()).hasSize(100);
    assertThatThrownBy(() -> spool.load(SpoolId.random()).join())
        .hasCauseInstanceOf(MessageNotFoundException.class);
    EntryChannel channel = EntryChannel.bounded(10, 1000);
    assertThat(spool.list(channel).join().items()).isOne();
    channel.close();
    spool.remove(id).join();
    spool.cleanup().join();
    spool.shutdown().join();
    spool.close();
  }

  @Test
  void aRegistryThatTakesNoMetersLeavesTheSpoolAlone() {
    MeterRegistry full =
        new SimpleMeterRegistry() {
          @Override
          protected Counter newCounter(Meter.Id meter) {
            if (meter.getName().equals("spool.payload.out")) {
              throw new IllegalStateException("full");
            }
            return super.newCounter(meter);
          }
        };
    assertThatThrownBy(() -> new MeteredSpool(faulty, full)).hasMessage("full");
    assertThat(full.getMeters()).isEmpty();
    faulty.store(id, MESSAGE).join();
  }

  @Test
  void percentilesCanBeTakenOfEveryTimer() {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    MeteredSpool spool = new MeteredSpool(faulty, prometheus);
    spool.store(id, MESSAGE).join();
    Set<String> histograms =
        prometheus
            .scrape()
            .lines()
            .filter(line -> line.contains("_seconds_bucket{"))
            .map(line -> line.substring(0, line.indexOf("_seconds_bucket")).replace('_', '.'))
            .collect(Collectors.toSet());
    for (MeteredCall call : EnumSet.range(MeteredCall.STORE, MeteredCall.QUARANTINE)) {
      assertThat(histograms).contains(call.timer());
    }
    assertThat(prometheus.scrape()).contains("le=\"0.1\"").contains("le=\"1.0\"");
  }

  private MeteredSpool metered() {
    return new MeteredSpool(faulty, registry, Tags.empty(), nanos::get);
  }

  private double counter(String name) {
    return registry.get(name).counter().count();
  }

  private double failures(String call, FailureKind kind) {
    return registry.get("spool.failures").tags("call", call, "kind", kind.tag()).counter().count();
  }

  private double unknown(String call) {
    return registry.get("spool.outcomes.unknown").tag("call", call).counter().count();
  }

  private double active(String call) {
    return registry.get("spool.calls.active").tag("call", call).gauge().value();
  }

  /** Takes meters, and fails whenever one is used or removed. */
  private static final class FailingRegistry extends SimpleMeterRegistry {
    volatile boolean removalFails;

    @Override
    protected Counter newCounter(Meter.Id id) {
      return new CumulativeCounter(id) {
        @Override
        public void increment(double amount) {
          throw new IllegalStateException("the registry fails");
        }
      };
    }

    @Override
    protected Timer newTimer(
        Meter.Id id, DistributionStatisticConfig config, PauseDetector pauses) {
      return new CumulativeTimer(id, Clock.SYSTEM, config, pauses, TimeUnit.SECONDS, false) {
        @Override
        protected void recordNonNegative(long amount, TimeUnit unit) {
          throw new IllegalStateException("the registry fails");
        }
      };
    }

    @Override
    public Meter remove(Meter.Id id) {
      if (removalFails) {
        throw new IllegalStateException("the registry fails");
      }
      return super.remove(id);
    }
  }
}
