package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolStats;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What latches, how, and what readers see of it. */
class HealthLatchTest {
  private final IOException eio = new IOException("Input/output error");

  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch = latch(HealthLatch.Settings.defaults());

  private HealthLatch latch(HealthLatch.Settings settings) {
    return new HealthLatch("test", settings, time, time, log);
  }

  private void assertShedding() {
    assertThat(latch.unhealthyReason()).isSameAs(SpoolUnhealthyException.REASON);
    assertThat(latch.health().state()).isEqualTo(State.SHEDDING);
    assertThat(latch.refusal()).isNotNull();
  }

  private void assertTakesStores(State state) {
    assertThat(latch.unhealthyReason()).isNull();
    assertThat(latch.health().state()).isEqualTo(state);
    assertThat(latch.refusal()).isNull();
  }

  @Test
  void aNewSpoolIsHealthy() {
    assertTakesStores(State.HEALTHY);
    assertThat(latch.health())
        .isEqualTo(new SpoolHealth(State.HEALTHY, null, null, time.instant()));
    assertThat(latch.wantsProbe()).isFalse();
    assertThat(log.take()).isEmpty();
  }

  @Test
  void theDefaultsAreThoseOfTheDesign() {
    assertThat(HealthLatch.Settings.defaults())
        .isEqualTo(
            new HealthLatch.Settings(Duration.ofSeconds(15), Duration.ofMinutes(5), true, true));
    assertThat(latch.settings()).isEqualTo(HealthLatch.Settings.defaults());
  }

  @Test
  void negativeDurationsAreRefused() {
    assertThatThrownBy(
            () -> new HealthLatch.Settings(Duration.ofSeconds(-1), Duration.ZERO, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("errorLatchDuration");
    assertThatThrownBy(
            () -> new HealthLatch.Settings(Duration.ZERO, Duration.ofSeconds(-1), true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("errorUnlatchDuration");
  }

  // Fatal

  @Test
  void aFatalErrorLatchesAtOnce() {
    time.seconds(7);
    latch.fatal("cannot read /s/1", eio);
    assertShedding();
    SpoolHealth health = latch.health();
    assertThat(health.reason()).isEqualTo("fatal: cannot read /s/1");
    assertThat(health.cause()).isSameAs(eio);
    assertThat(health.since()).isEqualTo(Instant.parse("2026-01-01T00:00:07Z"));
    assertThat(latch.counters().fatalLatches()).isEqualTo(1);
  }

  @Test
  void aFailedSyncLatchesAtOnce() {
    latch.syncFailed("cannot sync /s/1", eio);
    assertShedding();
    assertThat(latch.health().reason()).isEqualTo("fatal: cannot sync /s/1");
  }

  @Test
  void theFirstFatalErrorIsTheOneThatIsShown() {
    latch.fatal("first", eio);
    time.seconds(1);
    latch.fatal("second", new IOException("consequence"));
    assertThat(latch.health().reason()).isEqualTo("fatal: first");
    assertThat(latch.health().cause()).isSameAs(eio);
    assertThat(latch.counters().fatalLatches()).isEqualTo(1);
  }

  @Test
  void aStoreRefusedForAFatalErrorIsToldSoBlandly() {
    latch.fatal("cannot read /s/1", eio);
    SpoolException refusal = latch.refusal();
    assertThat(refusal)
        .isExactlyInstanceOf(SpoolUnhealthyException.class)
        .hasMessage(SpoolUnhealthyException.REASON)
        .hasCause(eio);
    assertThat(refusal.detail()).contains("/s/1");
    assertThat(refusal.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(latch.refusal()).isNotSameAs(refusal);
  }

  @Test
  void timeAloneNeverLetsGo() {
    latch.fatal("broken", eio);
    latch.spaceLow("full");
    for (int i = 0; i < 100; i++) {
      time.pass(Duration.ofHours(1));
      latch.tick();
      assertShedding();
    }
  }

  // Suspect

  @Test
  void oneSuspectErrorDegrades() {
    latch.suspect("too many open files", new IOException("EMFILE"));
    assertTakesStores(State.DEGRADED);
    assertThat(latch.health().reason()).isEqualTo("errors of late: too many open files");
  }

  @Test
  void suspectErrorsLatchWhenSustained() {
    TimeoutException last = new TimeoutException("last");
    for (int i = 0; i < 15; i++) {
      latch.suspect("timeout " + i, null);
      assertTakesStores(State.DEGRADED);
      time.seconds(1);
    }
    latch.suspect("timeout at 15 s", last);
    assertShedding();
    assertThat(latch.health().reason()).isEqualTo("sustained errors: timeout at 15 s");
    assertThat(latch.health().cause()).isSameAs(last);
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolUnhealthyException.class);
    assertThat(latch.counters().suspectLatches()).isEqualTo(1);
    assertThat(latch.counters().suspicions()).isEqualTo(1);
  }

  @Test
  void suspectErrorsJustShortOfTheDurationDoNotLatch() {
    latch.suspect("timeout", null);
    time.seconds(14.999);
    latch.suspect("timeout", null);
    assertTakesStores(State.DEGRADED);
  }

  @Test
  void twoSuspectErrorsExactlyTheDurationApartLatch() {
    latch.suspect("timeout", null);
    time.seconds(15);
    latch.suspect("timeout", null);
    assertShedding();
  }

  @Test
  void suspectErrorsFurtherApartThanTheDurationAreBlips() {
    for (int i = 0; i < 100; i++) {
      latch.suspect("timeout", null);
      assertTakesStores(State.DEGRADED);
      time.seconds(15.001);
    }
    assertThat(latch.counters().suspicions()).isEqualTo(100);
    assertThat(latch.counters().suspectLatches()).isZero();
  }

  @Test
  void aSuccessResetsSuspicion() {
    for (int i = 0; i < 100; i++) {
      latch.suspect("timeout", null);
      time.seconds(14);
      latch.suspect("timeout", null);
      assertTakesStores(State.DEGRADED);
      latch.suspectCleared();
      assertTakesStores(State.HEALTHY);
      time.seconds(2);
    }
  }

  @Test
  void successfulRemovalsDoNotHideThatNoStoreSucceeds() {
    for (int i = 0; i < 15; i++) {
      latch.suspect("too many open files", null);
      latch.storeFailed();
      assertTakesStores(State.DEGRADED);
      latch.removalSucceeded();
      assertTakesStores(State.DEGRADED);
      time.seconds(1);
    }
    latch.suspect("too many open files", null);
    assertShedding();
  }

  @Test
  void aSuccessfulRemovalResetsWhatIsSaidOfRemovals() {
    latch.suspect("not permitted", null);
    latch.removalSucceeded();
    assertTakesStores(State.HEALTHY);
    latch.storeFailed();
    latch.suspectCleared();
    latch.suspect("not permitted", null);
    latch.removalSucceeded();
    assertTakesStores(State.HEALTHY);
  }

  @Test
  void suspicionWithoutFurtherErrorsPasses() {
    latch.suspect("timeout", null);
    time.seconds(15);
    latch.tick();
    assertTakesStores(State.DEGRADED);
    time.seconds(0.001);
    latch.tick();
    assertTakesStores(State.HEALTHY);
  }

  @Test
  void theMerePassingOfTimeAfterSuspectErrorsNeverLatches() {
    for (int i = 0; i < 14; i++) {
      latch.suspect("timeout", null);
      time.seconds(1);
    }
    for (int i = 0; i < 60; i++) {
      time.seconds(1);
      latch.tick();
      assertThat(latch.unhealthyReason()).isNull();
    }
    assertTakesStores(State.HEALTHY);
  }

  @Test
  void aSuccessDoesNotLetGoOfWhatHasLatched() {
    latch.suspect("timeout", null);
    time.seconds(15);
    latch.suspect("timeout", null);
    latch.suspectCleared();
    assertShedding();
  }

  @Test
  void withNoLatchDurationTheFirstSuspectErrorLatches() {
    HealthLatch strict =
        latch(new HealthLatch.Settings(Duration.ZERO, Duration.ofMinutes(5), true, true));
    strict.suspect("timeout", null);
    assertThat(strict.unhealthyReason()).isNotNull();
  }

  // Space

  @Test
  void aCallThatFindsNoRoomLatchesAtOnce() {
    IOException enospc = new IOException("No space left on device");
    latch.spaceFailed("cannot write /s/1", enospc);
    assertShedding();
    assertThat(latch.health().reason()).isEqualTo("no room: cannot write /s/1");
    assertThat(latch.refusal())
        .isExactlyInstanceOf(SpoolFullException.class)
        .hasMessage(SpoolUnhealthyException.REASON)
        .hasCause(enospc);
    assertThat(latch.refusal().outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }

  @Test
  void theGuardLatchesAtOnceAndItsFiguresStayFresh() {
    latch.spaceLow("3 GiB free");
    assertShedding();
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolFullException.class).hasNoCause();
    assertThat(latch.refusal().detail()).isEqualTo("no room: 3 GiB free");
    latch.spaceLow("2 GiB free");
    assertThat(latch.refusal().detail()).isEqualTo("no room: 2 GiB free");
    assertThat(latch.counters().spaceLatches()).isEqualTo(1);
  }

  @Test
  void theGuardsWordDoesNotHideTheErrorOfACall() {
    IOException enospc = new IOException("No space left on device");
    latch.spaceLow("low");
    latch.spaceFailed("cannot write", enospc);
    latch.spaceLow("lower");
    assertThat(latch.health().cause()).isSameAs(enospc);
  }

  // Entry, and other notices

  @Test
  void aDamagedEntryDegradesAndIsCountedButNeverLatches() {
    for (int i = 1; i <= 1000; i++) {
      latch.entryDamaged("entry " + i);
      time.seconds(1);
      latch.tick();
      assertTakesStores(State.DEGRADED);
    }
    assertThat(latch.counters().entriesDamaged()).isEqualTo(1000);
    assertThat(latch.counters().transitions()).isEqualTo(1);
    assertThat(latch.health().reason())
        .isEqualTo("damaged entries seen: 1000, the last: entry 1000");
  }

  @Test
  void aCleanScanEndsDegradationByDamagedEntries() {
    latch.entryDamaged("entry");
    latch.entriesIntact(latch.counters().entriesDamaged());
    assertTakesStores(State.HEALTHY);
    assertThat(latch.counters().entriesDamaged()).isEqualTo(1);
  }

  @Test
  void damageMetDuringACleanScanIsNotForgotten() {
    latch.entryDamaged("entry");
    long before = latch.counters().entriesDamaged();
    latch.entryDamaged("another");
    latch.entriesIntact(before);
    assertTakesStores(State.DEGRADED);
  }

  @Test
  void noticesLastUntilTheyAreTakenBack() {
    latch.degraded("disk probe", "disk probe stuck");
    latch.degraded("wal", "12 records are missing");
    latch.degraded("wal", "13 records are missing");
    assertTakesStores(State.DEGRADED);
    assertThat(latch.health().reason()).isEqualTo("disk probe stuck; 13 records are missing");
    latch.degradedCleared("disk probe");
    assertTakesStores(State.DEGRADED);
    assertThat(latch.health().reason()).isEqualTo("13 records are missing");
    latch.degradedCleared("wal");
    latch.degradedCleared("never said");
    assertTakesStores(State.HEALTHY);
  }

  // Together

  @ParameterizedTest
  @EnumSource(FailureClass.class)
  void failuresAreSortedByClass(FailureClass kind) {
    latch.report(kind, "what", eio);
    State expected =
        switch (kind) {
          case FATAL, SPACE -> State.SHEDDING;
          case SUSPECT, ENTRY -> State.DEGRADED;
          case NONE -> State.HEALTHY;
        };
    assertThat(latch.health().state()).isEqualTo(expected);
    HealthLatch.Counters counters = latch.counters();
    assertThat(counters.fatalLatches()).isEqualTo(kind == FailureClass.FATAL ? 1 : 0);
    assertThat(counters.spaceLatches()).isEqualTo(kind == FailureClass.SPACE ? 1 : 0);
    assertThat(counters.suspicions()).isEqualTo(kind == FailureClass.SUSPECT ? 1 : 0);
    assertThat(counters.entriesDamaged()).isEqualTo(kind == FailureClass.ENTRY ? 1 : 0);
  }

  @Test
  void everythingThatIsWrongIsToldTheGravestFirst() {
    latch.degraded("probe", "disk probe stuck");
    latch.entryDamaged("entry 1");
    latch.spaceLow("1 GiB free");
    latch.suspect("timeout", null);
    latch.fatal("broken", eio);
    assertThat(latch.health().reason())
        .isEqualTo(
            "fatal: broken; no room: 1 GiB free; errors of late: timeout;"
                + " damaged entries seen: 1, the last: entry 1; disk probe stuck");
    assertThat(latch.health().cause()).isSameAs(eio);
  }

  @Test
  void aSpoolThatIsBrokenAndFullIsCalledUnhealthySinceRemovingWouldNotHelp() {
    latch.spaceFailed("full", new IOException("ENOSPC"));
    latch.fatal("broken", eio);
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolUnhealthyException.class).hasCause(eio);
  }

  @Test
  void theReasonForPeersIsTheSameWhateverIsWrong() {
    latch.fatal("broken", eio);
    String first = latch.unhealthyReason();
    latch.spaceLow("full");
    latch.closing();
    assertThat(latch.unhealthyReason()).isSameAs(first).isSameAs(SpoolUnhealthyException.REASON);
  }

  @Test
  void sinceTellsWhenTheStateWasEnteredAndNotWhenTheReasonChanged() {
    latch.spaceLow("3 GiB free");
    Instant entered = time.instant();
    time.seconds(60);
    latch.spaceLow("2 GiB free");
    latch.fatal("broken", eio);
    assertThat(latch.health().since()).isEqualTo(entered);
    latch.closing();
    assertThat(latch.health().since()).isEqualTo(entered.plusSeconds(60));
  }

  // Closing

  @Test
  void aSpoolThatIsBeingClosedTakesNoStores() {
    latch.closing();
    assertThat(latch.unhealthyReason()).isSameAs(SpoolUnhealthyException.REASON);
    assertThat(latch.health().state()).isEqualTo(State.CLOSED);
    assertThat(latch.health().reason()).isEqualTo("the spool is being shut down");
    assertThat(latch.refusal()).as("told by the lifecycle").isNull();
    latch.closed();
    assertThat(latch.unhealthyReason()).isSameAs(SpoolUnhealthyException.REASON);
    assertThat(latch.health().state()).isEqualTo(State.CLOSED);
    assertThat(latch.health().reason()).isEqualTo("the spool is shut down");
    assertThat(latch.counters().transitions()).isEqualTo(1);
  }

  @Test
  void closedWinsAndNothingLeadsOutOfIt() {
    latch.closing();
    latch.fatal("broken", eio);
    latch.spaceLow("full");
    latch.suspect("timeout", null);
    assertThat(latch.health().state()).isEqualTo(State.CLOSED);
    assertThat(latch.health().reason())
        .startsWith("the spool is being shut down; fatal: broken; no room: full");
    assertThat(latch.health().cause()).isSameAs(eio);
    latch.spaceOk();
    time.pass(Duration.ofHours(1));
    latch.tick();
    assertThat(latch.wantsProbe()).isFalse();
    assertThat(latch.probeSucceeded(latch.probeToken())).isFalse();
    latch.closed();
    latch.closing();
    assertThat(latch.health().reason()).startsWith("the spool is shut down");
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  @Test
  void aProbeThatWasUnderWayWhenTheSpoolWasClosedChangesNothing() {
    latch.spaceLow("full");
    latch.spaceOk();
    HealthLatch.ProbeToken token = latch.probeToken();
    latch.closing();
    assertThat(latch.probeSucceeded(token)).isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
    assertThat(latch.health().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void theFiguresTellStateAndCounts() {
    latch.fatal("broken", eio);
    latch.spaceLow("full");
    latch.entryDamaged("entry");
    SpoolStats stats = new SpoolStats("test", "none", latch.figures());
    assertThat(stats.value("load.shed.active")).hasValue(1);
    assertThat(stats.value("latches.fatal")).hasValue(1);
    assertThat(stats.value("latches.suspect")).hasValue(0);
    assertThat(stats.value("latches.space")).hasValue(1);
    assertThat(stats.value("health.entries.damaged")).hasValue(1);
    assertThat(stats.value("health.suspicions")).hasValue(0);
    assertThat(stats.value("health.probes.failed")).hasValue(0);
    assertThat(stats.value("health.transitions")).hasValue(1);
  }

  @Test
  void nullIsRefused() {
    assertThatThrownBy(() -> latch.fatal(null, eio)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> latch.fatal("x", null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> latch.suspect(null, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> latch.probeSucceeded(null)).isInstanceOf(NullPointerException.class);
    assertTakesStores(State.HEALTHY);
  }

  /** Nobody would tell it again: the one who reports it thinks that it is known. */
  @Test
  void errorForWhichThereWasNoMemoryAtFirstIsToldWhenItIsReportedAgain() {
    AtomicBoolean noMemory = new AtomicBoolean();
    HealthLatch starved =
        new HealthLatch(
            "starved",
            HealthLatch.Settings.defaults(),
            () -> {
              if (noMemory.getAndSet(false)) {
                throw new OutOfMemoryError("expected by the test");
              }
              return Instant.EPOCH;
            },
            () -> 0);
    noMemory.set(true);
    IOException cause = new IOException("expected by the test");
    boolean told = false;
    while (!told) {
      try {
        starved.fatal("the disk is broken", cause);
        told = true;
      } catch (OutOfMemoryError e) {
        assertThat(noMemory).isFalse();
      }
    }
    assertThat(starved.unhealthyReason()).isNotNull();
    assertThat(starved.health().state()).isEqualTo(State.SHEDDING);
    assertThat(starved.refusal()).isNotNull();
  }
}
