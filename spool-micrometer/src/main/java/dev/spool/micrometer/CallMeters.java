package dev.spool.micrometer;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one kind of call: how long those took that succeeded, how many failed and with
 * what, and how many are under way. A failure has no duration here: a spool that sheds fails fast,
 * and would look fast.
 *
 * <p>All meters are there from the start, so that the first failure is seen as an increase. What a
 * meter throws never reaches the call. Safe for use by any thread.
 */
final class CallMeters {

  /** Limits that are likely to be promised to somebody: each is a bucket's bound, exactly. */
  private static final Duration[] OBJECTIVES = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30)
  };

  private final MeteredCall call;
  private final LongSupplier nanoTime;
  private final Complaint complaint;

  /** One for each durability of a write; else one under SYNC. Constant after construction. */
  private final Map<Durability, Timer> timers = new EnumMap<>(Durability.class);

  /** One for each kind. Constant after construction. */
  private final Map<FailureKind, Counter> failures = new EnumMap<>(FailureKind.class);

  private final @Nullable Counter unknownOutcomes;
  private final LongAdder active = new LongAdder();

  CallMeters(
      MeteredCall call,
      Registration registration,
      Tags tags,
      LongSupplier nanoTime,
      Complaint complaint) {
    this.call = call;
    this.nanoTime = nanoTime;
    this.complaint = complaint;
    if (call.isWrite()) {
      for (Durability durability : Durability.values()) {
        String tag = durability.name().toLowerCase(Locale.ROOT);
        timers.put(durability, timer(registration, tags.and("durability", tag)));
      }
    } else if (call != MeteredCall.SHUTDOWN) {
      timers.put(Durability.SYNC, timer(registration, tags));
    }
    Tags ofCall = tags.and("call", call.tag());
    for (FailureKind kind : FailureKind.values()) {
      failures.put(
          kind,
          counter(
              registration,
              "spool.failures",
              ofCall.and("kind", kind.tag()),
              null,
              "Calls that failed."));
    }
    unknownOutcomes =
        call.isWrite()
            ? counter(
                registration,
                "spool.outcomes.unknown",
                ofCall,
                null,
                "Stores and removals that failed, and may have been carried out.")
            : null;
    registration.add(
        "spool.calls.active",
        ofCall,
        () ->
            Gauge.builder("spool.calls.active", active::sum)
                .tags(ofCall)
                .description("Calls that have not ended.")
                .register(registration.registry));
  }

  private Timer timer(Registration registration, Tags tags) {
    return registration.add(
        call.timer(),
        tags,
        () ->
            Timer.builder(call.timer())
                .tags(tags)
                .description(call.description)
                .publishPercentileHistogram()
                .minimumExpectedValue(call.range.shortest)
                .maximumExpectedValue(call.range.longest)
                .serviceLevelObjectives(OBJECTIVES)
                .register(registration.registry));
  }

  /** Registers a counter. */
  static Counter counter(
      Registration registration,
      String name,
      Tags tags,
      @Nullable String unit,
      String description) {
    return registration.add(
        name,
        tags,
        () ->
            Counter.builder(name)
                .tags(tags)
                .baseUnit(unit)
                .description(description)
                .register(registration.registry));
  }

  /** Measures a call that is no write. */
  <T> CompletableFuture<T> measure(
      Supplier<CompletableFuture<T>> begin, Consumer<? super T> succeeded) {
    return measure(Durability.SYNC, begin, succeeded);
  }

  /**
   * Measures a call.
   *
   * @param begin makes the call; what it throws (misuse) is thrown here, and counts as no call
   * @param succeeded is told the result, before the caller
   */
  <T> CompletableFuture<T> measure(
      Durability durability, Supplier<CompletableFuture<T>> begin, Consumer<? super T> succeeded) {
    long begun = nanoTime.getAsLong();
    CompletableFuture<T> future = begin.get();
    active.increment();
    return new MeteredFuture<>(
        future,
        (value, failure) -> {
          active.decrement();
          if (failure != null) {
            count(failure);
            return;
          }
          try {
            time(durability, nanoTime.getAsLong() - begun);
            succeeded.accept(value);
          } catch (RuntimeException e) {
            complaint.about(e);
          }
        });
  }

  private void time(Durability durability, long nanos) {
    Timer timer = timers.get(durability);
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Counts a call that failed. Never throws. */
  void count(Throwable failure) {
    try {
      increment(failures.get(FailureKind.of(failure)));
      if (!(failure instanceof CancellationException)
          && SpoolException.unwrap(failure).outcome() == Outcome.UNKNOWN) {
        increment(unknownOutcomes);
      }
    } catch (RuntimeException e) {
      complaint.about(e);
    }
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }
}
