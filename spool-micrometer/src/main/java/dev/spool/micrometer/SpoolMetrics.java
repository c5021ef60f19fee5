package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolStats;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what a spool says of itself: every figure of {@link Spool#stats()}, the state of {@link
 * Spool#health()}, and whether it sheds load. The spool is not wrapped, and its calls are not
 * measured: {@link MeteredSpool} does that, and this too.
 *
 * <pre>{@code
 * try (Spool spool = Spools.open("rocksdb:/var/spool/app");
 *     SpoolMetrics metrics = new SpoolMetrics(spool)) {
 *   metrics.bindTo(registry);
 *   …
 * }
 * }</pre>
 *
 * <p>A meter is named {@code spool.} and the figure's name, and tagged {@code spool} (the spool's
 * name) and {@code backend}. All are listed in {@code docs/metrics.md}. The spool is asked once a
 * second at most, however many meters are read; {@code spool.load.shed.active} is true at the very
 * moment. A figure that the spool cannot tell at the moment is NaN, or, of a counter, the last one.
 * One that it tells for the first time after it was bound gets its meter then.
 *
 * <p>Reading a meter never blocks on I/O, and never reaches into an engine that is closed: a closed
 * spool answers with its last figures, state {@code closed}. That goes on until {@link #close}
 * removes the meters, or another spool of the same name, backend and tags is bound to the registry
 * and takes their place (at that very moment a scrape may fail: better close first). Two spools
 * that are open at the same time and have the same name (an owner, and a reader beside it) must be
 * told apart by tags: else the one that is bound last takes the other's place, with one line in the
 * log.
 *
 * <p>Safe for use by any thread. The registry keeps the spool reachable until the meters are
 * removed.
 */
public final class SpoolMetrics implements MeterBinder, AutoCloseable {

  /** Has a meter of its own, which says the same at the moment of reading. */
  private static final String SHEDDING = "load.shed.active";

  private final Spool spool;
  private final Tags tags;
  private final Snapshots snapshots;

  /** One for each registry. */
  private final List<Binding> bindings = new CopyOnWriteArrayList<>();

  /**
   * @param figures the names of those that have their meter
   */
  private record Binding(Registration registration, Set<String> figures) {}

  /** Publishes a spool's figures, once they are bound to a registry. */
  public SpoolMetrics(Spool spool) {
    this(spool, Tags.empty());
  }

  /**
   * Publishes a spool's figures, once they are bound to a registry.
   *
   * @param tags tags that every meter has in addition
   */
  public SpoolMetrics(Spool spool, Iterable<Tag> tags) {
    this(spool, tags, System::nanoTime);
  }

  SpoolMetrics(Spool spool, Iterable<Tag> tags, LongSupplier nanoTime) {
    this.spool = Objects.requireNonNull(spool, "spool");
    SpoolStats stats = spool.stats();
    this.tags = identity(stats).and(tags);
    this.snapshots = new Snapshots(spool, nanoTime, stats, this::bindNew);
  }

  /** Returns the tags by which a spool is known. */
  static Tags identity(SpoolStats stats) {
    return Tags.of("spool", stats.name(), "backend", stats.backend());
  }

  /**
   * Registers the meters, in the place of those of an older spool of the same name, backend and
   * tags. May be called for several registries.
   *
   * @throws RuntimeException what the registry refuses a meter with; none is registered then
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    Binding binding = new Binding(new Registration(registry, spool), ConcurrentHashMap.newKeySet());
    bindings.add(binding);
    try {
      bindHealth(binding.registration);
      bindFigures(binding, spool.stats());
    } catch (RuntimeException | Error e) {
      bindings.remove(binding);
      binding.registration.remove();
      throw e;
    }
  }

  /** Removes the meters from every registry. The spool stays as it is. Idempotent. */
  @Override
  public void close() {
    bindings.forEach(binding -> binding.registration.remove());
  }

  private void bindHealth(Registration registration) {
    bindGauge(
        registration,
        "spool.load.shed.active",
        tags,
        null,
        "Whether stores are refused: 1 while they are, else 0.",
        () -> spool.unhealthyReason() == null ? 0 : 1);
    for (SpoolHealth.State state : SpoolHealth.State.values()) {
      bindGauge(
          registration,
          "spool.state",
          tags.and("state", state.name().toLowerCase(Locale.ROOT)),
          null,
          "The state of health: 1 for the one that the spool is in, else 0.",
          () -> isIn(state));
    }
    bindGauge(
        registration,
        "spool.state.since",
        tags,
        "seconds",
        "When the spool came into its state of health, as Unix time.",
        this::since);
  }

  private double isIn(SpoolHealth.State state) {
    SpoolHealth health = snapshots.health();
    if (health == null) {
      return Double.NaN;
    }
    return health.state() == state ? 1 : 0;
  }

  private double since() {
    SpoolHealth health = snapshots.health();
    return health == null ? Double.NaN : health.since().toEpochMilli() / 1000.0;
  }

  private void bindNew(SpoolStats stats) {
    for (Binding binding : bindings) {
      bindFigures(binding, stats);
    }
  }

  private void bindFigures(Binding binding, SpoolStats stats) {
    for (Figure figure : stats.figures()) {
      if (!figure.name().equals(SHEDDING) && binding.figures.add(figure.name())) {
        bindFigure(binding.registration, figure);
      }
    }
  }

  private void bindFigure(Registration registration, Figure figure) {
    String name = FigureNames.meter(figure);
    String unit = FigureNames.unit(figure);
    if (figure.kind() == Kind.GAUGE) {
      bindGauge(
          registration,
          name,
          tags,
          unit,
          figure.description(),
          () -> snapshots.gauge(figure.name()));
    } else {
      registration.add(
          name,
          tags,
          () ->
              // The registry holds the object weakly, but the function, and with it the object.
              FunctionCounter.builder(name, snapshots, same -> snapshots.counter(figure.name()))
                  .tags(tags)
                  .baseUnit(unit)
                  .description(figure.description())
                  .register(registration.registry));
    }
  }

  private static void bindGauge(
      Registration registration,
      String name,
      Tags tags,
      @Nullable String unit,
      String description,
      DoubleSupplier value) {
    registration.add(
        name,
        tags,
        () ->
            Gauge.builder(name, value::getAsDouble)
                .tags(tags)
                .baseUnit(unit)
                .description(description)
                .register(registration.registry));
  }
}
