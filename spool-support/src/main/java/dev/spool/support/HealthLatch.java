package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * Decides whether a spool takes stores: latches when the storage cannot be trusted or has no room,
 * and lets go only when it was proved to work again. One for each open spool.
 *
 * <p>Failures are of four classes:
 *
 * <ul>
 *   <li><b>Fatal</b> ({@link #fatal}, {@link #syncFailed}) latches at once. It is over when no new
 *       one has come for {@link Settings#errorUnlatchDuration} and a probe has succeeded.
 *   <li><b>Suspect</b> ({@link #suspect}) latches when sustained for {@link
 *       Settings#errorLatchDuration}: errors reported over at least that time from the first to the
 *       last, never further apart than that, with no {@link #suspectCleared success} among them;
 *       where stores fail, of a store. Anything less is a blip, and counts for nothing afterwards.
 *       Until then the spool is {@code DEGRADED}. It is over as Fatal is.
 *   <li><b>Space</b> ({@link #spaceFailed}, {@link #spaceLow}) latches at once. It is over when the
 *       guard has said {@link #spaceOk} and a probe has succeeded, whatever {@link
 *       Settings#allowErrorUnlatch} says.
 *   <li><b>Entry</b> ({@link #entryDamaged}) never latches: {@code DEGRADED}, and counted.
 * </ul>
 *
 * <p>Several classes can be latched at once; stores are refused until all are over. Only stores
 * are: loads, scans, removals and compaction are tried whatever this class says, so that a full
 * spool can be drained. A failed sync for lack of room is reported both as {@link #syncFailed} and
 * as {@link #spaceFailed}.
 *
 * <p><b>Recovery</b> is driven by the owner. A thread that may block on the disk asks {@link
 * #wantsProbe} every second or so; if it says yes, it takes a {@link #probeToken}, writes something
 * and syncs it, repeats what had failed, and tells {@link #probeSucceeded} or {@link #probeFailed}.
 * An error that is reported while the probe runs is not lost: the token shows that it is older.
 *
 * <p>Thread-safe. {@link #unhealthyReason}, {@link #health} and {@link #refusal} take no lock;
 * {@link #suspectCleared} and {@link #removalSucceeded} take none unless there is something to
 * clear, and may be called for each success; the others hold a lock for microseconds and do no I/O
 * under it. Each transition is logged once, after the lock was released: WARN with its cause when
 * something went wrong, INFO when it is over.
 */
public final class HealthLatch {

  /**
   * How quickly errors are believed, and when they are forgiven.
   *
   * @param errorLatchDuration how long suspect errors must go on before stores are refused; zero:
   *     the first one is enough; default 15 s
   * @param errorUnlatchDuration how long fatal and suspect errors must stay away before a probe is
   *     tried; zero or more; default 5 min
   * @param allowErrorUnlatch whether fatal and suspect errors are ever over without a restart;
   *     default true
   * @param reopenAfterSyncFailure whether a failed sync can be over without a restart, the backend
   *     having reopened itself; default true
   */
  public record Settings(
      Duration errorLatchDuration,
      Duration errorUnlatchDuration,
      boolean allowErrorUnlatch,
      boolean reopenAfterSyncFailure) {

    /** Checks the durations: negative ones are refused with {@link IllegalArgumentException}. */
    public Settings {
      requireNotNegative(errorLatchDuration, "errorLatchDuration");
      requireNotNegative(errorUnlatchDuration, "errorUnlatchDuration");
    }

    /** Returns the settings that apply if nobody says otherwise. */
    public static Settings defaults() {
      return new Settings(Duration.ofSeconds(15), Duration.ofMinutes(5), true, true);
    }

    private static void requireNotNegative(Duration duration, String setting) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException(setting + " is negative: " + duration);
      }
    }
  }

  /**
   * What a probe would prove if it succeeded: taken before it begins, and void for a class that has
   * a new error since.
   */
  public static final class ProbeToken {
    static final ProbeToken NONE =
        new ProbeToken(ErrorCondition.NOT_DUE, ErrorCondition.NOT_DUE, ErrorCondition.NOT_DUE);

    final long fatal;
    final long suspect;
    final long space;

    ProbeToken(long fatal, long suspect, long space) {
      this.fatal = fatal;
      this.suspect = suspect;
      this.space = space;
    }

    boolean provesNothing() {
      return fatal == ErrorCondition.NOT_DUE
          && suspect == ErrorCondition.NOT_DUE
          && space == ErrorCondition.NOT_DUE;
    }
  }

  /**
   * What has happened since the spool was opened. All only grow.
   *
   * @param fatalLatches how often a fatal error made stores be refused
   * @param suspectLatches how often sustained errors did
   * @param spaceLatches how often lack of room did
   * @param suspicions how often suspect errors began, forgiven or not
   * @param entriesDamaged how often a damaged entry was met; one entry counts each time that it is
   *     read
   * @param probesFailed how many probes failed
   * @param transitions how often {@link SpoolHealth#state} changed
   */
  public record Counters(
      long fatalLatches,
      long suspectLatches,
      long spaceLatches,
      long suspicions,
      long entriesDamaged,
      long probesFailed,
      long transitions) {}

  private static final VarHandle UNHEALTHY;

  static {
    try {
      UNHEALTHY =
          MethodHandles.lookup().findVarHandle(HealthLatch.class, "unhealthy", String.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Not linked by {@link #prepare}, whose errors are all latched at once; and no method reference:
   * one that cannot be linked here leaves the process without a spool.
   */
  private static final class RemovalSucceeded implements Consumer<HealthRules> {
    @Override
    public void accept(HealthRules rules) {
      rules.removalSucceeded();
    }
  }

  private static final Consumer<HealthRules> REMOVAL_SUCCEEDED = new RemovalSucceeded();

  private final Settings settings;
  private final Logger log;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final HealthRules rules;

  /**
   * Null or {@link SpoolUnhealthyException#REASON}. Written under the lock with release, read with
   * acquire.
   */
  @SuppressWarnings("UnusedVariable") // read and written through UNHEALTHY
  private @Nullable String unhealthy;

  /** Immutable; replaced under the lock, read without it. */
  private volatile HealthRules.Snapshot snapshot;

  /**
   * Makes the latch of a spool that has just been opened and is healthy.
   *
   * @param name the spool's name, for the log
   * @param settings how quickly errors are believed, and when they are forgiven
   * @param clock tells when a state was entered
   * @param nanoTime measures durations; in nanoseconds, with any origin
   */
  public HealthLatch(String name, Settings settings, InstantSource clock, LongSupplier nanoTime) {
    this(name, settings, clock, nanoTime, LoggerFactory.getLogger(HealthLatch.class));
  }

  HealthLatch(
      String name, Settings settings, InstantSource clock, LongSupplier nanoTime, Logger log) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.log = log;
    rules =
        new HealthRules(
            Objects.requireNonNull(name, "name"),
            settings,
            Objects.requireNonNull(clock, "clock"),
            Objects.requireNonNull(nanoTime, "nanoTime"));
    snapshot = rules.snapshot();
  }

  /** Makes the latch of a spool that has just been opened and is healthy, on the system's time. */
  public static HealthLatch open(String name, Settings settings) {
    prepare();
    return new HealthLatch(name, settings, InstantSource.system(), System::nanoTime);
  }

  /**
   * Does once, without effect, what is done when something fails: what is first linked or
   * initialized while the heap is full may fail until the process ends, and then nobody would learn
   * of any failure.
   */
  private static void prepare() {
    HealthLatch latch =
        new HealthLatch(
            "none",
            new Settings(Duration.ZERO, Duration.ZERO, true, true),
            InstantSource.system(),
            System::nanoTime,
            NOPLogger.NOP_LOGGER);
    Throwable none = new IOException("none");
    for (FailureClass each : FailureClass.values()) {
      latch.report(each, "none", none);
    }
    latch.syncFailed("none", none);
    latch.storeFailed();
    latch.spaceOk();
    latch.probeFailed(none);
    latch.spaceOk();
    var unused = latch.probeSucceeded(latch.probeToken());
    latch.suspect("none", null);
    latch.suspectCleared();
    latch.removalSucceeded();
    var unusedToo = latch.refusal();
    latch.degraded("none", "none");
    latch.degradedCleared("none");
    latch.spaceLow("none");
    latch.entriesIntact(latch.counters().entriesDamaged());
    latch.tick();
    latch.closing();
    latch.closed();
  }

  /** Returns the settings that it was made with. */
  public Settings settings() {
    return settings;
  }

  /**
   * Returns null, or the constant that says that stores are refused. One acquire read: no lock, no
   * allocation.
   */
  public @Nullable String unhealthyReason() {
    return (String) UNHEALTHY.getAcquire(this);
  }

  /** Returns the state, and what is wrong. Takes no lock. */
  public SpoolHealth health() {
    return snapshot.health();
  }

  /**
   * Returns a new failure for a store that begins now, or null if nothing is latched. That the
   * spool is closed is not told here. Takes no lock.
   *
   * @return {@link SpoolFullException} if room is all that is short; {@link
   *     SpoolUnhealthyException} for all else; both with the outcome {@code NOT_APPLIED}
   */
  public @Nullable SpoolException refusal() {
    HealthRules.Snapshot now = snapshot;
    String latched = now.latched();
    if (latched == null) {
      return null;
    }
    return now.onlyRoomIsShort()
        ? new SpoolFullException(latched, now.cause())
        : new SpoolUnhealthyException(latched, now.cause());
  }

  /** Takes a failure, sorted by its class. */
  public void report(FailureClass kind, String what, Throwable cause) {
    switch (kind) {
      case FATAL -> fatal(what, cause);
      case SUSPECT -> suspect(what, cause);
      case SPACE -> spaceFailed(what, cause);
      case ENTRY -> entryDamaged(what);
      case NONE -> {}
    }
  }

  /**
   * Takes an error of the device, the file system or the engine, seen by any call. Latches at once.
   */
  public void fatal(String what, Throwable cause) {
    requireNonNull(what, cause);
    update(rules -> rules.fatal(what, cause));
  }

  /**
   * Takes a failed sync: a {@link #fatal} error, which lasts until restart unless {@link
   * Settings#reopenAfterSyncFailure}.
   */
  public void syncFailed(String what, Throwable cause) {
    requireNonNull(what, cause);
    update(rules -> rules.syncFailed(what, cause));
  }

  /** Takes an error that may pass by itself. Latches when such errors are sustained. */
  public void suspect(String what, @Nullable Throwable cause) {
    Objects.requireNonNull(what, "what");
    update(rules -> rules.suspect(what, cause));
  }

  /**
   * Takes the news that what was reported as suspect has worked since: all suspicion is dropped.
   * What has latched stays. Cheap enough to be called at each success of a store.
   */
  public void suspectCleared() {
    if (snapshot.suspicious()) {
      update(HealthRules::suspectCleared);
    }
  }

  /**
   * Takes the news that a store has failed with an error that was reported as suspect: until one
   * succeeds, {@link #removalSucceeded} says nothing about that.
   */
  public void storeFailed() {
    if (!snapshot.storesFail()) {
      update(HealthRules::storeFailed);
    }
  }

  /** Drops suspicion as {@link #suspectCleared} does, unless stores fail. */
  public void removalSucceeded() {
    if (snapshot.suspicious() && !snapshot.storesFail()) {
      update(REMOVAL_SUCCEEDED);
    }
  }

  /** Takes a call's failure for lack of room. Latches at once. */
  public void spaceFailed(String what, Throwable cause) {
    requireNonNull(what, cause);
    update(rules -> rules.spaceShort(what, cause));
  }

  /**
   * Takes the guard's finding that there is less room than the threshold, with figures. Latches at
   * once.
   */
  public void spaceLow(String what) {
    Objects.requireNonNull(what, "what");
    update(rules -> rules.spaceShort(what, null));
  }

  /** Takes the guard's finding that there is more room than the higher mark. */
  public void spaceOk() {
    update(HealthRules::spaceOk);
  }

  /** Takes damage that is confined to one message. Never latches. */
  public void entryDamaged(String what) {
    Objects.requireNonNull(what, "what");
    update(rules -> rules.entryDamaged(what));
  }

  /**
   * Takes the news that a complete scan has found no damaged entry: earlier ones were removed or
   * put in quarantine.
   *
   * @param damagedBefore {@link Counters#entriesDamaged} when the scan began; if one was met since,
   *     nothing changes
   */
  public void entriesIntact(long damagedBefore) {
    update(rules -> rules.entriesIntact(damagedBefore));
  }

  /**
   * Makes known something that is wrong without stopping stores, until {@link #degradedCleared}.
   *
   * @param key names the trouble; a second call replaces the text of the first, and is not logged
   * @param what the text for the operator
   */
  public void degraded(String key, String what) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(what, "what");
    update(rules -> rules.degraded(key, what));
  }

  /** Takes back what was said under that key. */
  public void degradedCleared(String key) {
    Objects.requireNonNull(key, "key");
    update(rules -> rules.degradedCleared(key));
  }

  /** Shutdown has begun: from now on the state is {@code CLOSED}, and nothing recovers. */
  public void closing() {
    update(HealthRules::closing);
  }

  /** Shutdown has ended. */
  public void closed() {
    update(HealthRules::closed);
  }

  /** Lets time pass: to be called every second or so, by any thread. */
  public void tick() {
    update(HealthRules::tick);
  }

  /** Tells whether all is fulfilled for some latched class but the proof that the storage works. */
  public boolean wantsProbe() {
    synchronized (lock) {
      return rules.wantsProbe();
    }
  }

  /** Tells whether a sync has failed after which this process may not open the storage again. */
  boolean forbidsReopening() {
    synchronized (lock) {
      return rules.forbidsReopening();
    }
  }

  /** Returns what a probe proves that begins now. To be taken before its first call to the disk. */
  public ProbeToken probeToken() {
    synchronized (lock) {
      return rules.probeToken();
    }
  }

  /**
   * Takes the success of a probe: the write, its sync, and the repetition of what had failed.
   *
   * @param token what {@link #probeToken} returned before the probe began
   * @return whether a class has let go; others may still be latched
   */
  public boolean probeSucceeded(ProbeToken token) {
    Objects.requireNonNull(token, "token");
    boolean[] over = new boolean[1];
    update(rules -> over[0] = rules.probeSucceeded(token));
    return over[0];
  }

  /**
   * Takes the failure of a probe: a new error of every class that was waiting for the proof. So
   * Fatal and Suspect wait for {@link Settings#errorUnlatchDuration} again, and Space for the
   * guard's next {@link #spaceOk}.
   */
  public void probeFailed(Throwable cause) {
    Objects.requireNonNull(cause, "cause");
    update(rules -> rules.probeFailed(cause));
  }

  /** Returns what has happened since the spool was opened. */
  public Counters counters() {
    synchronized (lock) {
      return rules.counters();
    }
  }

  /** Returns state and counters as figures for {@link dev.spool.SpoolStats}. */
  public List<Figure> figures() {
    Counters counters = counters();
    return List.of(
        new Figure(
            "load.shed.active",
            Kind.GAUGE,
            "flag",
            unhealthyReason() == null ? 0 : 1,
            "Whether stores are refused."),
        counter(
            "latches.fatal", counters.fatalLatches(), "Times that a fatal error stopped stores."),
        counter(
            "latches.suspect",
            counters.suspectLatches(),
            "Times that sustained errors stopped stores."),
        counter(
            "latches.space", counters.spaceLatches(), "Times that lack of room stopped stores."),
        counter(
            "health.suspicions",
            counters.suspicions(),
            "Times that errors began which may pass by themselves."),
        counter(
            "health.entries.damaged",
            counters.entriesDamaged(),
            "Times that a damaged entry was met."),
        counter(
            "health.probes.failed",
            counters.probesFailed(),
            "Probes of the storage that failed while stores were refused."),
        counter(
            "health.transitions",
            counters.transitions(),
            "Times that the state of health changed."));
  }

  private static Figure counter(String name, long value, String description) {
    return new Figure(name, Kind.COUNTER, "", value, description);
  }

  private static void requireNonNull(String what, Throwable cause) {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(cause, "cause");
  }

  private void update(Consumer<HealthRules> change) {
    List<Notice> notices;
    synchronized (lock) {
      change.accept(rules);
      publish(rules.snapshot());
      notices = rules.takeNotices();
    }
    for (Notice notice : notices) {
      notice.writeTo(log);
    }
  }

  /**
   * In this order, whoever sees in {@link #health} that stores are refused sees it in {@link
   * #unhealthyReason}, too.
   */
  @GuardedBy("lock")
  @SuppressWarnings("ReferenceEquality") // the same object means that nothing has changed
  private void publish(HealthRules.Snapshot next) {
    if (next == snapshot) {
      return;
    }
    if (next.takesStores()) {
      snapshot = next;
      UNHEALTHY.setRelease(this, (String) null);
    } else {
      UNHEALTHY.setRelease(this, SpoolUnhealthyException.REASON);
      snapshot = next;
    }
  }
}
