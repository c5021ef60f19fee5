package dev.spool.support;

import dev.spool.SpoolHealth;
import dev.spool.SpoolHealth.State;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The rules of a spool's health as a plain state machine: what latches, what lets go, what is said
 * about it.
 *
 * <p>Not thread-safe: {@link HealthLatch} calls it under its lock, publishes {@link #snapshot()},
 * and writes {@link #takeNotices()} to the log after releasing the lock.
 */
final class HealthRules {

  /**
   * What readers see.
   *
   * @param health the state, and what is wrong
   * @param latched what stores are refused for, or null if they are taken (or the spool is only
   *     closed)
   * @param cause the failure behind {@code latched}
   * @param onlyRoomIsShort whether making room is all that it takes
   * @param suspicious whether a success would be news
   * @param storesFail whether that of a store would be, and of nothing else
   */
  record Snapshot(
      SpoolHealth health,
      @Nullable String latched,
      @Nullable Throwable cause,
      boolean onlyRoomIsShort,
      boolean suspicious,
      boolean storesFail) {

    boolean takesStores() {
      return health.state() == State.HEALTHY || health.state() == State.DEGRADED;
    }
  }

  private final String name;
  private final HealthLatch.Settings settings;
  private final InstantSource clock;
  private final LongSupplier nanoTime;

  private final ErrorCondition fatal;
  private final ErrorCondition suspect;
  private final Suspicion suspicion;
  private final SpaceCondition space = new SpaceCondition();

  /** Whether a store has failed with what may pass, and none has succeeded since. */
  private boolean storesFail;

  /** What is wrong without stopping stores, by key, in order of appearance. */
  private final Map<String, String> degraded = new LinkedHashMap<>();

  private @Nullable String lastDamage;
  private @Nullable String lastProbeFailure;
  private @Nullable String closed;

  private long fatalLatches;
  private long suspectLatches;
  private long spaceLatches;
  private long suspicions;
  private long entriesDamaged;
  private long probesFailed;
  private long transitions;

  private List<Notice> notices = new ArrayList<>();
  private Snapshot snapshot;

  /** Whether something was changed that {@link #snapshot} does not show. */
  private boolean changed;

  HealthRules(
      String name, HealthLatch.Settings settings, InstantSource clock, LongSupplier nanoTime) {
    this.name = name;
    this.settings = settings;
    this.clock = clock;
    this.nanoTime = nanoTime;
    long quietNanos = settings.errorUnlatchDuration().toNanos();
    fatal = new ErrorCondition(quietNanos, settings.allowErrorUnlatch());
    suspect = new ErrorCondition(quietNanos, settings.allowErrorUnlatch());
    suspicion = new Suspicion(settings.errorLatchDuration().toNanos());
    snapshot =
        new Snapshot(
            new SpoolHealth(State.HEALTHY, null, null, clock.instant()),
            null,
            null,
            false,
            false,
            false);
  }

  void fatal(String what, Throwable cause) {
    if (!fatal.latched()) {
      latched("fatal error", what, cause); // first: there may be no memory for it
    }
    if (fatal.report(nanoTime.getAsLong(), what, cause)) {
      fatalLatches++;
    }
  }

  void syncFailed(String what, Throwable cause) {
    if (!settings.reopenAfterSyncFailure() && !fatal.lastsUntilRestart()) {
      fatal.holdUntilRestart();
      changed = true;
    }
    fatal(what, cause);
  }

  /** Tells whether a sync has failed after which this process may not open the storage again. */
  boolean forbidsReopening() {
    return fatal.isHeldUntilRestart();
  }

  void suspect(String what, @Nullable Throwable cause) {
    long now = nanoTime.getAsLong();
    if (suspect.latched()) {
      suspect.report(now, what, cause);
      return;
    }
    boolean alreadyOpen = suspicion.open() && !suspicion.passed(now);
    boolean sustained = suspicion.report(now, what);
    if (sustained) {
      latched("sustained errors", what, cause); // first, as above
      suspicion.clear();
      suspect.report(now, what, cause);
      suspectLatches++;
    } else if (!alreadyOpen) {
      suspicions++;
      changed = true;
    }
  }

  void suspectCleared() {
    if (suspicion.open() || storesFail) {
      suspicion.clear();
      storesFail = false;
      changed = true;
    }
  }

  void storeFailed() {
    changed |= !storesFail;
    storesFail = true;
  }

  void removalSucceeded() {
    if (!storesFail) {
      suspectCleared();
    }
  }

  void spaceShort(String what, @Nullable Throwable cause) {
    changed = true;
    if (!space.latched()) {
      latched("no room", what, cause); // first, as above
    }
    if (space.report(nanoTime.getAsLong(), what, cause)) {
      spaceLatches++;
    }
  }

  void spaceOk() {
    space.aboveMark();
  }

  void entryDamaged(String what) {
    entriesDamaged++;
    if (lastDamage == null) {
      warn("degraded: damaged entry: " + what, null);
    }
    lastDamage = what;
    changed = true;
  }

  void entriesIntact(long damagedBefore) {
    if (lastDamage != null && entriesDamaged == damagedBefore) {
      lastDamage = null;
      changed = true;
      inform("no damaged entry is left");
    }
  }

  void degraded(String key, String what) {
    String before = degraded.get(key);
    if (before == null) {
      warn("degraded: " + what, null); // first: there may be no memory for it
    }
    changed |= !what.equals(before);
    degraded.put(key, what);
  }

  void degradedCleared(String key) {
    String before = degraded.remove(key);
    if (before != null) {
      changed = true;
      inform("no longer degraded: " + before);
    }
  }

  void closing() {
    if (closed == null) {
      closed = "the spool is being shut down";
      changed = true;
      inform("being shut down");
    }
  }

  void closed() {
    String last = "the spool is shut down";
    if (!last.equals(closed)) {
      closed = last;
      changed = true;
      inform("shut down");
    }
  }

  /** Forgets a suspicion to which no error has been added for too long. */
  void tick() {
    if (suspicion.passed(nanoTime.getAsLong())) {
      suspectCleared();
    }
  }

  boolean wantsProbe() {
    return !probeToken().provesNothing();
  }

  /**
   * Returns what a probe that begins now would prove. On a full disk that is nothing: it would fail
   * for lack of room, and would be held against the device.
   */
  HealthLatch.ProbeToken probeToken() {
    long now = nanoTime.getAsLong();
    if (closed != null || (space.latched() && !space.due(now))) {
      return HealthLatch.ProbeToken.NONE;
    }
    return new HealthLatch.ProbeToken(fatal.token(now), suspect.token(now), space.token(now));
  }

  boolean probeSucceeded(HealthLatch.ProbeToken token) {
    if (closed != null) {
      return false;
    }
    StringJoiner over = new StringJoiner(", ");
    addIf(fatal.probeSucceeded(token.fatal), "fatal error", over);
    addIf(suspect.probeSucceeded(token.suspect), "sustained errors", over);
    addIf(space.probeSucceeded(nanoTime.getAsLong(), token.space), "no room", over);
    if (over.length() == 0) {
      return false;
    }
    lastProbeFailure = null;
    changed = true;
    String still = latchedReason();
    inform(
        "recovered from: "
            + over
            + (still == null
                ? "; stores are taken again"
                : "; stores are still refused: " + still));
    return true;
  }

  void probeFailed(Throwable cause) {
    HealthLatch.ProbeToken due = probeToken();
    long now = nanoTime.getAsLong();
    if (due.fatal != ErrorCondition.NOT_DUE) {
      fatal.probeFailed(now);
    }
    if (due.suspect != ErrorCondition.NOT_DUE) {
      suspect.probeFailed(now);
    }
    if (due.space != ErrorCondition.NOT_DUE) {
      space.probeFailed();
    }
    probesFailed++;
    lastProbeFailure = cause.toString();
    changed = true;
  }

  /**
   * Returns what readers shall see now. The same object as long as nothing has changed. Where there
   * is no memory for another one it is made the next time.
   */
  Snapshot snapshot() {
    if (changed) {
      SpoolHealth before = snapshot.health();
      State state = state();
      Instant since = before.since();
      if (state != before.state()) {
        since = clock.instant();
      }
      Throwable cause = latchedCause();
      snapshot =
          new Snapshot(
              new SpoolHealth(state, reason(), cause, since),
              latchedReason(),
              cause,
              space.latched() && !fatal.latched() && !suspect.latched(),
              suspicion.open() || storesFail,
              storesFail);
      transitions += state == before.state() ? 0 : 1;
      changed = false;
    }
    return snapshot;
  }

  /** Returns what is to be logged, once. */
  List<Notice> takeNotices() {
    if (notices.isEmpty()) {
      return List.of();
    }
    List<Notice> taken = notices;
    notices = new ArrayList<>();
    return taken;
  }

  HealthLatch.Counters counters() {
    return new HealthLatch.Counters(
        fatalLatches,
        suspectLatches,
        spaceLatches,
        suspicions,
        entriesDamaged,
        probesFailed,
        transitions);
  }

  private State state() {
    if (closed != null) {
      return State.CLOSED;
    }
    if (fatal.latched() || suspect.latched() || space.latched()) {
      return State.SHEDDING;
    }
    return suspicion.open() || lastDamage != null || !degraded.isEmpty()
        ? State.DEGRADED
        : State.HEALTHY;
  }

  /** Everything that is wrong, the gravest first. */
  private @Nullable String reason() {
    StringJoiner all = new StringJoiner("; ");
    addIfPresent(closed, "", all);
    addIfPresent(latchedReason(), "", all);
    addIfPresent(suspicion.what(), "errors of late: ", all);
    if (lastDamage != null) {
      all.add("damaged entries seen: " + entriesDamaged + ", the last: " + lastDamage);
    }
    for (String each : degraded.values()) {
      all.add(each);
    }
    return all.length() == 0 ? null : all.toString();
  }

  private @Nullable String latchedReason() {
    StringJoiner all = new StringJoiner("; ");
    addIfPresent(
        fatal.what(), fatal.lastsUntilRestart() ? "fatal until restart: " : "fatal: ", all);
    addIfPresent(
        suspect.what(),
        suspect.lastsUntilRestart() ? "sustained errors until restart: " : "sustained errors: ",
        all);
    addIfPresent(space.what(), "no room: ", all);
    if (all.length() == 0) {
      return null;
    }
    addIfPresent(lastProbeFailure, "the last probe failed: ", all);
    return all.toString();
  }

  private @Nullable Throwable latchedCause() {
    if (fatal.latched()) {
      return fatal.cause();
    }
    return suspect.latched() ? suspect.cause() : space.cause();
  }

  private void latched(String kind, String what, @Nullable Throwable cause) {
    changed = true;
    warn("stores are refused: " + kind + ": " + what, cause);
  }

  private void warn(String text, @Nullable Throwable cause) {
    notices.add(new Notice(Level.WARN, "spool " + name + ": " + text, cause));
  }

  private void inform(String text) {
    notices.add(new Notice(Level.INFO, "spool " + name + ": " + text, null));
  }

  private static void addIf(boolean condition, String text, StringJoiner to) {
    if (condition) {
      to.add(text);
    }
  }

  private static void addIfPresent(@Nullable String text, String prefix, StringJoiner to) {
    if (text != null) {
      to.add(prefix + text);
    }
  }
}
