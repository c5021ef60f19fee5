package dev.spool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolStats;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.Spools;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.ForwardingSpool;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a spool says of itself is what the registry shows. */
class SpoolMetricsTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong(17);
  private final Talking spool = new Talking();

  @AfterEach
  void close() {
    spool.close();
  }

  @Test
  void figuresBecomeMetersInBaseUnits() {
    spool.says(
        new Figure("bytes.in.flight", Kind.GAUGE, "bytes", 5, "One."),
        new Figure("sync.time", Kind.COUNTER, "milliseconds", 1500, "Two."),
        new Figure("oldest.age", Kind.GAUGE, "milliseconds", 250, "Three."),
        new Figure("messages", Kind.GAUGE, "messages", 7, "Four."),
        new Figure("write.stopped", Kind.GAUGE, "flag", 1, "Five."),
        new Figure("groups", Kind.COUNTER, "", 9, "Six."));
    bound();
    assertThat(shown("spool.in.flight")).isEqualTo("GAUGE bytes 5.0 One.");
    assertThat(shown("spool.sync.time")).isEqualTo("COUNTER seconds 1.5 Two.");
    assertThat(shown("spool.oldest.age")).isEqualTo("GAUGE seconds 0.25 Three.");
    assertThat(shown("spool.messages")).isEqualTo("GAUGE messages 7.0 Four.");
    assertThat(shown("spool.write.stopped")).isEqualTo("GAUGE null 1.0 Five.");
    assertThat(shown("spool.groups")).isEqualTo("COUNTER null 9.0 Six.");
    assertThat(registry.get("spool.groups").meter().getId().getTags())
        .isEqualTo(Tags.of("backend", "memory", "spool", "talking").stream().toList());
  }

  @Test
  void theSpoolIsAskedOnceForAllMeters() {
    bound();
    int before = spool.asked.get();
    assertThat(registry.getMeters()).hasSizeGreaterThan(10);
    readAll();
    readAll();
    assertThat(spool.asked).hasValue(before);
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    readAll();
    readAll();
    assertThat(spool.asked).hasValue(before + 1);
  }

  @Test
  void valuesAreThoseOfTheLastSecond() {
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 1, "."), new Figure("done", Kind.COUNTER, "", 1, "."));
    bound();
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 2, "."), new Figure("done", Kind.COUNTER, "", 3, "."));
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(value("spool.depth")).isEqualTo(2);
    assertThat(value("spool.done")).isEqualTo(3);
  }

  @Test
  void aFigureThatComesLaterGetsItsMeterThen() {
    bound();
    spool.says(new Figure("disk.free", Kind.GAUGE, "bytes", 12, "."));
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    readAll();
    assertThat(value("spool.disk.free")).isEqualTo(12);
  }

  @Test
  void whatIsUnknownIsNotZero() {
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 1, "."), new Figure("done", Kind.COUNTER, "", 8, "."));
    bound();
    spool.says();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(value("spool.depth")).isNaN();
    assertThat(value("spool.done")).isEqualTo(8);
  }

  @Test
  void aSpoolThatCannotTellDoesNotBreakTheScrape() {
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 1, "."), new Figure("done", Kind.COUNTER, "", 8, "."));
    bound();
    spool.broken.set(true);
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(value("spool.depth")).isNaN();
    assertThat(value("spool.done")).isEqualTo(8);
  }

  @Test
  void sheddingIsSeenAtOnce() {
    FaultySpool faulty = new FaultySpool(spool);
    new SpoolMetrics(faulty, Tags.empty(), nanos::get).bindTo(registry);
    assertThat(value("spool.load.shed.active")).isZero();
    faulty.shed();
    assertThat(value("spool.load.shed.active")).isOne();
    faulty.heal();
    assertThat(value("spool.load.shed.active")).isZero();
  }

  @Test
  void theStateIsOneOfThose() {
    FaultySpool faulty = new FaultySpool(spool);
    new SpoolMetrics(faulty, Tags.empty(), nanos::get).bindTo(registry);
    assertThat(states()).containsExactly(1, 0, 0, 0);
    faulty.shed();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(states()).containsExactly(0, 0, 1, 0);
    assertThat(value("spool.state.since"))
        .isEqualTo(faulty.health().since().toEpochMilli() / 1000.0);
    faulty.close();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(states()).containsExactly(0, 0, 0, 1);
  }

  @Test
  void aClosedSpoolShowsItsLastFigures() {
    spool.says(new Figure("done", Kind.COUNTER, "", 8, "."));
    bound();
    spool.close();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(value("spool.done")).isEqualTo(8);
    assertThat(value("spool.load.shed.active")).isOne();
  }

  @Test
  void theNextSpoolOfThatNameTakesThePlaceOfAClosedOne() {
    spool.says(new Figure("done", Kind.COUNTER, "", 8, "."));
    SpoolMetrics first = bound();
    spool.close();
    try (Talking next = new Talking()) {
      next.says(new Figure("done", Kind.COUNTER, "", 2, "."));
      new SpoolMetrics(next, Tags.empty(), nanos::get).bindTo(registry);
      assertThat(value("spool.done")).isEqualTo(2);
      assertThat(value("spool.load.shed.active")).isZero();
      int meters = registry.getMeters().size();
      first.close();
      assertThat(registry.getMeters()).hasSize(meters);
      assertThat(value("spool.done")).isEqualTo(2);
    }
  }

  @Test
  void theNextSpoolTakesThePlaceWhateverTheRegistryCallsItsMeters() {
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public Meter.Id map(Meter.Id id) {
                return id.withName("app." + id.getName());
              }
            });
    SpoolMetrics first = bound();
    spool.close();
    try (Talking next = new Talking()) {
      SpoolMetrics second = new SpoolMetrics(next, Tags.empty(), nanos::get);
      second.bindTo(registry);
      assertThat(value("app.spool.load.shed.active")).isZero();
      first.close();
      assertThat(value("app.spool.load.shed.active")).isZero();
      second.close();
      assertThat(registry.getMeters()).isEmpty();
    }
  }

  @Test
  void closingRemovesTheMetersAndNothingElse() {
    registry.counter("spool.of.somebody.else");
    SpoolMetrics metrics = bound();
    metrics.close();
    metrics.close();
    assertThat(registry.getMeters()).hasSize(1);
    assertThat(spool.unhealthyReason()).isNull();
  }

  @Test
  void anOpenSpoolWhoseMetersAreReplacedIsOneLineInTheLog() {
    bound();
    try (Talking second = new Talking("memory:second")) {
      assertThat(logged(() -> new MeteredSpool(second, registry)))
          .singleElement()
          .asString()
          .startsWith("spool talking: its meters replace those")
          .contains("by a tag");
    }
  }

  @Test
  void aSpoolWithATagOfItsOwnOrAnotherRegistryReplacesNobody() {
    bound();
    try (Talking second = new Talking("memory:second")) {
      assertThat(
              logged(
                  () -> {
                    new SpoolMetrics(second, Tags.of("role", "reader")).bindTo(registry);
                    new SpoolMetrics(second).bindTo(new SimpleMeterRegistry());
                    new SpoolMetrics(spool).bindTo(registry);
                  }))
          .isEmpty();
    }
  }

  @Test
  void aSpoolThatIsOpenedAgainTakesItsOldPlaceInSilence() {
    bound();
    spool.close();
    try (Talking again = new Talking()) {
      assertThat(logged(() -> new SpoolMetrics(again).bindTo(registry))).isEmpty();
    }
  }

  private static List<String> logged(Runnable work) {
    List<String> lines = new ArrayList<>();
    Logger logger = Logger.getLogger("dev.spool.micrometer");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      work.run();
    } finally {
      logger.removeHandler(handler);
    }
    return lines;
  }

  @Test
  void nobodyNeedsToHoldTheBinder() {
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 1, "."), new Figure("done", Kind.COUNTER, "", 1, "."));
    bound();
    System.gc();
    spool.says(
        new Figure("depth", Kind.GAUGE, "", 4, "."), new Figure("done", Kind.COUNTER, "", 5, "."));
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(value("spool.depth")).isEqualTo(4);
    assertThat(value("spool.done")).isEqualTo(5);
  }

  @Test
  void aRegistryThatRefusesAMeterGetsNone() {
    MeterRegistry full =
        new SimpleMeterRegistry() {
          @Override
          protected <T> io.micrometer.core.instrument.Gauge newGauge(
              Meter.Id id, T object, java.util.function.ToDoubleFunction<T> value) {
            if (id.getName().equals("spool.depth")) {
              throw new IllegalStateException("full");
            }
            return super.newGauge(id, object, value);
          }
        };
    spool.says(new Figure("depth", Kind.GAUGE, "", 1, "."));
    SpoolMetrics metrics = new SpoolMetrics(spool);
    assertThatThrownBy(() -> metrics.bindTo(full)).hasMessage("full");
    assertThat(full.getMeters()).isEmpty();
  }

  /** A native call on a closed database would end this JVM. */
  @Test
  void scrapingBesideSpoolsThatOpenAndClose(@TempDir Path dir) {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong scrapes = new AtomicLong();
    AtomicLong ticking = new AtomicLong();
    CompletableFuture<Void> scraper =
        CompletableFuture.runAsync(
            () -> {
              while (!done.get()) {
                assertThat(prometheus.scrape()).isNotNull();
                scrapes.incrementAndGet();
              }
            });
    try {
      for (int i = 0; i < 8; i++) {
        Spool rocks = TestSpools.open("rocksdb", dir.resolve("spool"));
        // Every reading of a meter asks the spool anew.
        SpoolMetrics metrics =
            new SpoolMetrics(
                rocks, Tags.empty(), () -> ticking.addAndGet(Duration.ofSeconds(2).toNanos()));
        metrics.bindTo(prometheus);
        awaitMore(scrapes, scraper);
        rocks.close();
        awaitMore(scrapes, scraper);
        assertThat(prometheus.scrape()).contains("spool_wal_sequence").contains("state=\"closed\"");
        metrics.close();
        assertThat(prometheus.getMeters()).isEmpty();
      }
    } finally {
      done.set(true);
    }
    scraper.join();
  }

  private static void awaitMore(AtomicLong scrapes, CompletableFuture<Void> scraper) {
    long before = scrapes.get();
    while (scrapes.get() < before + 3 && !scraper.isDone()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private SpoolMetrics bound() {
    SpoolMetrics metrics = new SpoolMetrics(spool, Tags.empty(), nanos::get);
    metrics.bindTo(registry);
    return metrics;
  }

  private void readAll() {
    registry.forEachMeter(meter -> meter.measure().forEach(Measurement::getValue));
  }

  private double value(String name) {
    return registry.get(name).meter().measure().iterator().next().getValue();
  }

  private String shown(String name) {
    Meter.Id id = registry.get(name).meter().getId();
    return id.getType() + " " + id.getBaseUnit() + " " + value(name) + " " + id.getDescription();
  }

  private List<Integer> states() {
    List<Integer> states = new ArrayList<>();
    for (State state : State.values()) {
      String tag = state.name().toLowerCase(java.util.Locale.ROOT);
      states.add((int) registry.get("spool.state").tag("state", tag).gauge().value());
    }
    return states;
  }

  /** Says what it is told to, besides what it has to say of itself. */
  private static final class Talking extends ForwardingSpool {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicBoolean broken = new AtomicBoolean();
    volatile List<Figure> figures = List.of();

    Talking() {
      this("memory:talking");
    }

    /** One that gives itself the same name. */
    Talking(String uri) {
      super(Spools.open(uri));
    }

    void says(Figure... said) {
      figures = List.of(said);
    }

    @Override
    public SpoolStats stats() {
      asked.incrementAndGet();
      if (broken.get()) {
        throw new IllegalStateException("cannot tell");
      }
      SpoolStats own = wrapped.stats();
      List<Figure> all = new ArrayList<>(figures);
      own.figures().stream()
          .filter(figure -> !figure.name().equals("bytes.in.flight"))
          .filter(figure -> !figure.name().equals("messages"))
          .forEach(all::add);
      return new SpoolStats("talking", own.backend(), all);
    }
  }
}
