package dev.spool.support;

import dev.spool.Spool;
import dev.spool.SpoolHealth.State;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the memory of the process, and calls {@link Spool#adviseLowMemory} on its spools when it
 * is short: when the heap is nearly full after a collection, or the control group (version 1 or 2,
 * or one above it) is near its limit without counting the page cache. At most once a minute, and
 * each time with one line in the log that has the figures.
 *
 * <pre>{@code
 * try (Spool spool = Spools.open(uri);
 *     LowMemoryAdvisor advisor = LowMemoryAdvisor.watch(spool)) {
 *   …
 * }
 * }</pre>
 *
 * <p>Advice makes a spool slower for a while, not less safe: it flushes, and drops its caches. A
 * heap that was not collected again since the last advice gives no reason for another one. Spools
 * that are closed are passed over; advice that fails, or that a spool answers with nothing, is
 * logged, once until it succeeds again, and keeps no other spool from its advice.
 *
 * <p>Looks every second, on one daemon thread of its own, until it is closed. Thread-safe.
 */
public final class LowMemoryAdvisor implements AutoCloseable {
  private static final double HEAP_FRACTION = 0.85;
  private static final double CGROUP_FRACTION = 0.9;
  private static final long PERIOD_MILLIS = 1000;
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  /** Tells how full a kind of memory is. */
  @FunctionalInterface
  interface Source {
    /** Returns the figures now; null if there are none. */
    @Nullable MemoryReading read() throws IOException;
  }

  /** A source, and how full it may be. */
  private static final class Watched {
    final Source source;
    final double fraction;

    /** Whether that could not be told before; belongs to whoever looks. */
    boolean failed;

    Watched(Source source, double fraction) {
      this.source = source;
      this.fraction = fraction;
    }
  }

  /** A spool, and how it took the advice. */
  private static final class Advised {
    final Spool spool;
    final String name;

    /** Whether the last advice is being carried out; the next waits for that. */
    final AtomicBoolean busy = new AtomicBoolean();

    /** Whether the last advice failed; written by whoever carries it out, while busy. */
    volatile boolean failed;

    Advised(Spool spool) {
      this.spool = Objects.requireNonNull(spool, "spool");
      this.name = spool.stats().name();
    }
  }

  private final Watched heap;
  private final Watched cgroup;
  private final List<Advised> spools;
  private final LongSupplier nanoTime;
  private final Logger log;
  private final ScheduledThreadPoolExecutor timer = new SpoolThreads("low-memory").timer("advisor");

  /** When advice was given last; null before. Belongs to whoever looks, as what follows. */
  private @Nullable Long lastNanos;

  /** What the heap was like then: the same again is no news, it was not collected since. */
  private @Nullable MemoryReading heapAtAdvice;

  /** Set once, by any thread: no lock, or closing would wait for a spool that blocks. */
  private volatile boolean closed;

  /**
   * Makes an advisor that looks when it is told to.
   *
   * @param nanoTime measures durations; in nanoseconds, with any origin
   */
  LowMemoryAdvisor(
      double heapFraction,
      Source heap,
      double cgroupFraction,
      Source cgroup,
      List<Spool> spools,
      LongSupplier nanoTime,
      Logger log) {
    this.heap = new Watched(heap, checked("heapFraction", heapFraction));
    this.cgroup = new Watched(cgroup, checked("cgroupFraction", cgroupFraction));
    this.spools = spools.stream().map(Advised::new).toList();
    this.nanoTime = nanoTime;
    this.log = log;
  }

  private static double checked(String name, double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(name + " must be above 0 and at most 1, not " + fraction);
    }
    return fraction;
  }

  /**
   * Watches from now on, and advises when more than 85 % of the heap are in use after a collection,
   * or 90 % of the control group's limit.
   */
  public static LowMemoryAdvisor watch(Spool... spools) {
    return watch(HEAP_FRACTION, CGROUP_FRACTION, spools);
  }

  /**
   * Watches from now on.
   *
   * @param heapFraction the part of the heap, or of its old generation, that may be in use after a
   *     collection; above 0, at most 1
   * @param cgroupFraction the part of the control group's limit that may be in use; above 0, at
   *     most 1
   * @param spools whom to advise; they are not closed with the advisor
   */
  public static LowMemoryAdvisor watch(
      double heapFraction, double cgroupFraction, Spool... spools) {
    LowMemoryAdvisor advisor =
        new LowMemoryAdvisor(
            heapFraction,
            new HeapAfterCollection()::read,
            cgroupFraction,
            cgroupOfThisProcess(),
            Arrays.asList(spools),
            System::nanoTime,
            LoggerFactory.getLogger(LowMemoryAdvisor.class));
    advisor.start();
    return advisor;
  }

  private static Source cgroupOfThisProcess() {
    try {
      return CgroupMemory.ofThisProcess()::read;
    } catch (IOException e) {
      return () -> {
        throw e;
      };
    }
  }

  private void start() {
    var unused =
        timer.scheduleWithFixedDelay(
            this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Looks once, and advises if there is reason to, and the last time was long enough ago. For one
   * thread at a time.
   */
  void look() {
    if (closed) {
      return;
    }
    try {
      MemoryReading heapNow = read(heap);
      MemoryReading cgroupNow = read(cgroup);
      boolean heapShort = isShort(heap, heapNow) && !Objects.equals(heapNow, heapAtAdvice);
      boolean cgroupShort = isShort(cgroup, cgroupNow);
      long now = nanoTime.getAsLong();
      boolean tooSoon = lastNanos != null && now - lastNanos < PAUSE_NANOS;
      if ((heapShort || cgroupShort) && !tooSoon) {
        lastNanos = now;
        heapAtAdvice = heapNow;
        advise(heapNow, cgroupNow);
      }
    } catch (Throwable t) { // an OutOfMemoryError, too: that is what this is about
      log.error("looking for low memory failed, and goes on", t);
    }
  }

  private static boolean isShort(Watched watched, @Nullable MemoryReading now) {
    return now != null && now.isAbove(watched.fraction);
  }

  private @Nullable MemoryReading read(Watched watched) {
    try {
      return watched.source.read();
    } catch (IOException e) {
      if (!watched.failed) {
        watched.failed = true;
        log.warn("it cannot be told how full the memory is; advice comes without that", e);
      }
      return null;
    }
  }

  private void advise(@Nullable MemoryReading heapNow, @Nullable MemoryReading cgroupNow) {
    log.warn(
        "memory is short: {}; {}; spools are advised to flush and to drop their caches",
        heapNow == null ? "heap not collected yet" : heapNow,
        cgroupNow == null ? "control group without limit" : cgroupNow);
    spools.forEach(this::advise);
  }

  private void advise(Advised advised) {
    if (closed || isClosed(advised.spool) || !advised.busy.compareAndSet(false, true)) {
      return;
    }
    try {
      CompletableFuture<Long> advice =
          Objects.requireNonNull(advised.spool.adviseLowMemory(), "adviseLowMemory() gave null");
      var unused = advice.whenComplete((saved, failure) -> ended(advised, saved, failure));
    } catch (RuntimeException | Error e) {
      ended(advised, null, e);
    }
  }

  /** Whether there is no use in advising it. One that cannot tell is advised all the same. */
  private static boolean isClosed(Spool spool) {
    try {
      return spool.health().state() == State.CLOSED;
    } catch (RuntimeException | Error e) {
      return false;
    }
  }

  private void ended(Advised advised, @Nullable Long saved, @Nullable Throwable failure) {
    try {
      if (failure == null) {
        log.debug("spool {}: {} bytes saved", advised.name, saved);
      } else if (!advised.failed && !isClosed(advised.spool)) {
        log.warn("spool {}: advice on low memory failed", advised.name, failure);
      }
      advised.failed = failure != null;
    } finally { // logging may find no memory: the spool is to be advised again
      advised.busy.set(false);
    }
  }

  /**
   * Ends the watch: once this has returned no spool is asked any more; one that is being asked at
   * that moment is not waited for. Idempotent. Never blocks.
   */
  @Override
  public void close() {
    closed = true;
    timer.shutdown();
  }
}
