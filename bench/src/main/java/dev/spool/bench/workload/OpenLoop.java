package dev.spool.bench.workload;

import com.sun.management.GarbageCollectionNotificationInfo;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.bench.engine.PooledLoads;
import dev.spool.bench.workload.Timeline.Interval;
import dev.spool.bench.workload.Timeline.Stall;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Messages that arrive at a fixed rate, whatever the store does, as those of the world do.
 *
 * <p>Each lives as in W2. Its time counts from when it was to arrive: a store that hangs makes all
 * those wait that should have come meanwhile, and all of them are counted ("coordinated omission"
 * would count one).
 */
public final class OpenLoop {
  /** More than these are not begun before others are done, so that memory is bounded. */
  private static final int MOST_UNDER_WAY = 60_000;

  private static final int BLOCKED_CALLERS = 64;
  private static final long NO_ANSWER_SECONDS = 120;
  private static final long HIGHEST = TimeUnit.MINUTES.toNanos(60);

  private final Engine engine;
  private final Plan plan;
  private final Payloads payloads;
  private final @Nullable ExecutorService callers;
  private final Recorder recorder = new Recorder(HIGHEST, 3);
  private final Semaphore room = new Semaphore(MOST_UNDER_WAY);
  private final AtomicLong done = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** Messages that were acknowledged. */
  private final AtomicLong stored = new AtomicLong();

  /** When a message was last acknowledged. */
  private final AtomicLong lastDone = new AtomicLong();

  private final AtomicLong longestGap = new AtomicLong();
  private final Queue<Stall> stalls = new ConcurrentLinkedQueue<>();

  /** Heap in use after the last collection; written by the thread that tells of collections. */
  private volatile long heapAfterCollection;

  private volatile long start;

  /**
   * What is to arrive.
   *
   * @param rate messages a second
   * @param size bytes a message
   * @param time how long; the first interval is warm-up, and counts for nothing
   * @param interval how often figures are taken
   * @param stall nothing acknowledged for so long, though something waited, is a stall
   */
  public record Plan(double rate, int size, Duration time, Duration interval, Duration stall) {}

  private OpenLoop(Engine engine, Style style, Plan plan) {
    this.engine = engine;
    this.plan = plan;
    this.payloads = Payloads.of(plan.size);
    this.callers = style == Style.ASYNC ? null : Executors.newFixedThreadPool(BLOCKED_CALLERS);
  }

  /** Runs it on a store that is opened for it. */
  public static Timeline run(EngineType type, Place place, Plan plan) throws Exception {
    try (Engine engine = type.opener().open(place)) {
      return new OpenLoop(PooledLoads.of(type, engine), type.style(), plan).run();
    }
  }

  /** How much a store holds meanwhile, at most. */
  public static long retainedEntries() {
    return Lifecycle.KEPT + (long) MOST_UNDER_WAY;
  }

  private Timeline run() throws Exception {
    listenToCollections();
    start = System.nanoTime();
    lastDone.set(start);
    Thread arrivals = new Thread(this::arrive, "arrivals");
    arrivals.start();
    Histogram all = new Histogram(HIGHEST, 3);
    List<Interval> intervals = new ArrayList<>();
    try {
      long count = Math.max(1, plan.time.dividedBy(plan.interval));
      for (int i = 1; i <= count && failure.get() == null; i++) {
        sleepUntil(start + plan.interval.toNanos() * i);
        Histogram latest = recorder.getIntervalHistogram();
        if (i > 1) {
          all.add(latest);
        }
        intervals.add(interval(i, latest));
      }
    } finally {
      arrivals.join();
    }
    if (!room.tryAcquire(MOST_UNDER_WAY, NO_ANSWER_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d messages had no answer after %d s"
              .formatted(MOST_UNDER_WAY - room.availablePermits(), NO_ANSWER_SECONDS));
    }
    if (callers != null) {
      callers.shutdown();
    }
    if (failure.get() != null) {
      throw new CompletionException(failure.get());
    }
    all.add(recorder.getIntervalHistogram());
    return new Timeline(
        intervals,
        all.getValueAtPercentile(50) / 1e3,
        all.getValueAtPercentile(99) / 1e3,
        all.getValueAtPercentile(99.9) / 1e3,
        all.getMaxValue() / 1e3,
        longestGap.get() / 1e9,
        List.copyOf(stalls));
  }

  private Interval interval(int number, Histogram latest) throws Exception {
    return new Interval(
        plan.interval.toNanos() * number / 1e9,
        latest.getTotalCount(),
        latest.getValueAtPercentile(50) / 1e3,
        latest.getValueAtPercentile(99) / 1e3,
        latest.getMaxValue() / 1e3,
        MOST_UNDER_WAY - room.availablePermits(),
        Machine.residentBytes(),
        heapAfterCollection);
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
  }

  /** Begins each message when it is due, or as soon after as can be. */
  private void arrive() {
    try {
      long end = start + plan.time.toNanos();
      for (long number = 0; due(number) - end < 0 && failure.get() == null; number++) {
        long due = due(number);
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        room.acquire();
        begin(number, due);
      }
    } catch (InterruptedException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** When a message is to arrive. */
  private long due(long number) {
    return start + (long) (number * (1e9 / plan.rate));
  }

  private void begin(long number, long due) {
    if (callers == null) {
      live(number, due);
    } else {
      callers.execute(() -> live(number, due));
    }
  }

  private void live(long number, long due) {
    try {
      var unused =
          Lifecycle.life(engine, 0, number, payloads.get(number), due, this::stepDone)
              .whenComplete((gone, thrown) -> ended(thrown));
    } catch (RuntimeException e) {
      ended(e);
    }
  }

  private void ended(@Nullable Throwable thrown) {
    if (thrown != null) {
      failure.compareAndSet(null, thrown);
    }
    done.incrementAndGet();
    room.release();
  }

  private void stepDone(Timer.Step step, long due, int payload) {
    if (step != Timer.Step.STORE) {
      return;
    }
    long now = System.nanoTime();
    recorder.recordValue(Math.max(0, Math.min(HIGHEST, now - due)));
    // Only while something waited is there a gap. If all those due before the last acknowledgement
    // had theirs, the next in turn was the first to wait, whichever is acknowledged first now;
    // if not, the next in turn was due before it, and the gap begins at that acknowledgement.
    // Counted before the time is taken, and up after it: those acknowledged since count for
    // nothing.
    long next = due(stored.get()) - start;
    long previous = Math.max(lastDone.getAndSet(now) - start, next);
    stored.incrementAndGet();
    long gap = now - start - previous;
    boolean warm = previous >= plan.interval.toNanos();
    if (warm) {
      longestGap.accumulateAndGet(gap, Math::max);
    }
    if (warm && gap >= plan.stall.toNanos()) {
      stalls.add(new Stall(previous / 1e9, gap / 1e9));
    }
  }

  private void listenToCollections() {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector)
          .addNotificationListener(
              (notification, handback) -> {
                GarbageCollectionNotificationInfo info =
                    GarbageCollectionNotificationInfo.from(
                        (CompositeData) notification.getUserData());
                heapAfterCollection =
                    info.getGcInfo().getMemoryUsageAfterGc().values().stream()
                        .mapToLong(MemoryUsage::getUsed)
                        .sum();
              },
              notification ->
                  notification
                      .getType()
                      .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION),
              null);
    }
  }
}
