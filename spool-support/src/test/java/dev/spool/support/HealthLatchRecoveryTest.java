package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lets go of each class, and what does not. */
class HealthLatchRecoveryTest {
  private final IOException eio = new IOException("Input/output error");
  private static final Duration QUIET = Duration.ofMinutes(5);
  private static final Duration JUST_SHORT = QUIET.minusNanos(1);

  private final ManualTime time = new ManualTime();
  private final HealthLatch latch = latch(true, true);

  private HealthLatch latch(boolean allowErrorUnlatch, boolean reopenAfterSyncFailure) {
    return new HealthLatch(
        "test",
        new HealthLatch.Settings(
            Duration.ofSeconds(15), QUIET, allowErrorUnlatch, reopenAfterSyncFailure),
        time,
        time,
        new LogLines());
  }

  private void latchSuspect(HealthLatch latch) {
    latch.suspect("timeout", null);
    time.seconds(15);
    latch.suspect("timeout", null);
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  private void latchError(HealthLatch latch, String kind) {
    switch (kind) {
      case "fatal" -> latch.fatal("broken", eio);
      case "sync" -> latch.syncFailed("cannot sync", eio);
      case "suspect" -> latchSuspect(latch);
      default -> throw new IllegalArgumentException(kind);
    }
  }

  private static boolean probe(HealthLatch latch) {
    assertThat(latch.wantsProbe()).isTrue();
    return latch.probeSucceeded(latch.probeToken());
  }

  private static void assertHealthy(HealthLatch latch) {
    assertThat(latch.unhealthyReason()).isNull();
    assertThat(latch.refusal()).isNull();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
    assertThat(latch.health().reason()).isNull();
    assertThat(latch.health().cause()).isNull();
    assertThat(latch.wantsProbe()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void errorsAreOverAfterQuietAndAProbe(String kind) {
    latchError(latch, kind);
    time.pass(JUST_SHORT);
    latch.tick();
    assertThat(latch.wantsProbe()).isFalse();
    time.pass(Duration.ofNanos(1));
    assertThat(latch.wantsProbe()).isTrue();
    assertThat(latch.unhealthyReason()).as("not without the proof").isNotNull();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void aNewErrorStartsTheQuietTimeAnew(String kind) {
    latchError(latch, kind);
    for (int i = 0; i < 10; i++) {
      time.pass(JUST_SHORT);
      assertThat(latch.wantsProbe()).isFalse();
      if (kind.equals("suspect")) {
        latch.suspect("again", null);
      } else {
        latch.fatal("again", eio);
      }
    }
    time.pass(QUIET);
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void aSuccessBeforeTheQuietTimeIsOverProvesNothing(String kind) {
    latchError(latch, kind);
    HealthLatch.ProbeToken early = latch.probeToken();
    assertThat(latch.probeSucceeded(early)).isFalse();
    time.pass(QUIET);
    assertThat(latch.probeSucceeded(early)).as("the probe began too early").isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void anErrorDuringTheProbeIsNotLost(String kind) {
    latchError(latch, kind);
    time.pass(QUIET);
    HealthLatch.ProbeToken token = latch.probeToken();
    if (kind.equals("suspect")) {
      latch.suspect("meanwhile", null);
    } else {
      latch.fatal("meanwhile", eio);
    }
    assertThat(latch.probeSucceeded(token)).isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
    assertThat(latch.wantsProbe()).as("the quiet time starts anew").isFalse();
    time.pass(QUIET);
    assertThat(latch.probeSucceeded(token)).as("an old token stays void").isFalse();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void aFailedProbeStartsTheQuietTimeAnew(String kind) {
    latchError(latch, kind);
    time.pass(QUIET);
    HealthLatch.ProbeToken token = latch.probeToken();
    latch.probeFailed(eio);
    assertThat(latch.probeSucceeded(token)).isFalse();
    assertThat(latch.wantsProbe()).isFalse();
    assertThat(latch.health().reason())
        .contains("the last probe failed")
        .contains(eio.getMessage());
    assertThat(latch.counters().probesFailed()).isEqualTo(1);
    time.pass(QUIET);
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fatal", "sync", "suspect"})
  void withoutAllowErrorUnlatchErrorsLastUntilRestart(String kind) {
    HealthLatch stubborn = latch(false, true);
    latchError(stubborn, kind);
    assertThat(stubborn.health().reason()).contains("until restart");
    for (int i = 0; i < 10; i++) {
      time.pass(Duration.ofDays(1));
      stubborn.tick();
      assertThat(stubborn.wantsProbe()).isFalse();
      assertThat(stubborn.probeSucceeded(stubborn.probeToken())).isFalse();
    }
    assertThat(stubborn.unhealthyReason()).isNotNull();
  }

  @Test
  void withoutReopeningAFailedSyncLastsUntilRestart() {
    HealthLatch stubborn = latch(true, false);
    stubborn.syncFailed("cannot sync", eio);
    time.pass(Duration.ofDays(1));
    assertThat(stubborn.wantsProbe()).isFalse();
    assertThat(stubborn.probeSucceeded(stubborn.probeToken())).isFalse();
    assertThat(stubborn.health().reason()).isEqualTo("fatal until restart: cannot sync");
  }

  @Test
  void withoutReopeningAFailedSyncAfterAnotherErrorLastsUntilRestartToo() {
    HealthLatch stubborn = latch(true, false);
    stubborn.fatal("broken", eio);
    time.pass(QUIET);
    HealthLatch.ProbeToken token = stubborn.probeToken();
    stubborn.syncFailed("cannot sync", eio);
    assertThat(stubborn.probeSucceeded(token)).isFalse();
    time.pass(QUIET);
    assertThat(stubborn.wantsProbe()).isFalse();
    assertThat(stubborn.health().reason()).isEqualTo("fatal until restart: broken");
  }

  @Test
  void withoutReopeningOtherErrorsAreStillOverAfterAProbe() {
    HealthLatch other = latch(true, false);
    other.fatal("broken", eio);
    time.pass(QUIET);
    assertThat(probe(other)).isTrue();
    assertHealthy(other);
  }

  // Space

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void spaceIsOverAboveTheMarkAndAfterAProbeWhateverAllowErrorUnlatchSays(boolean allow) {
    HealthLatch latch = latch(allow, allow);
    latch.spaceFailed("cannot write", new IOException("No space left on device"));
    time.pass(Duration.ofDays(1));
    assertThat(latch.wantsProbe()).as("not before the guard has spoken").isFalse();
    assertThat(latch.probeSucceeded(latch.probeToken())).isFalse();
    latch.spaceOk();
    assertThat(latch.unhealthyReason()).as("not without the proof").isNotNull();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @Test
  void theGuardsEarlierWordDoesNotCountAfterANewShortage() {
    latch.spaceOk();
    latch.spaceLow("low");
    assertThat(latch.wantsProbe()).isFalse();
    latch.spaceOk();
    latch.spaceLow("low again");
    assertThat(latch.wantsProbe()).isFalse();
    latch.spaceOk();
    latch.spaceFailed("cannot write", new IOException("Disk quota exceeded"));
    assertThat(latch.wantsProbe()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aShortageDuringTheProbeIsNotLost(boolean seenByTheGuard) {
    latch.spaceLow("low");
    latch.spaceOk();
    HealthLatch.ProbeToken token = latch.probeToken();
    if (seenByTheGuard) {
      latch.spaceLow("low again");
    } else {
      latch.spaceFailed("cannot write", new IOException("No space left on device"));
    }
    latch.spaceOk();
    assertThat(latch.probeSucceeded(token)).isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @Test
  void aQuotaThatTheGuardDoesNotSeeIsProbedOnceForEachOfItsFindings() {
    latch.spaceFailed("cannot write", new IOException("Disk quota exceeded"));
    for (int i = 1; i <= 5; i++) {
      latch.spaceOk();
      assertThat(latch.wantsProbe()).isTrue();
      latch.probeFailed(new IOException("Disk quota exceeded"));
      assertThat(latch.wantsProbe()).isFalse();
      assertThat(latch.counters().probesFailed()).isEqualTo(i);
      assertThat(latch.unhealthyReason()).isNotNull();
    }
    latch.spaceOk();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  // Several at once

  @Test
  void withSeveralClassesLatchedAllHaveToBeOver() {
    latch.fatal("broken", eio);
    latchSuspect(latch);
    latch.spaceLow("low");

    time.pass(Duration.ofSeconds(60));
    latch.spaceOk();
    assertThat(probe(latch)).as("space").isTrue();
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolUnhealthyException.class);
    assertThat(latch.health().reason()).isEqualTo("fatal: broken; sustained errors: timeout");

    time.pass(QUIET.minusSeconds(60 + 15));
    assertThat(probe(latch)).as("fatal").isTrue();
    assertThat(latch.unhealthyReason()).isNotNull();
    assertThat(latch.health().reason()).isEqualTo("sustained errors: timeout");

    time.seconds(15);
    assertThat(probe(latch)).as("suspect").isTrue();
    assertHealthy(latch);
    assertThat(latch.counters().transitions()).as("shedding, healthy").isEqualTo(2);
  }

  @Test
  void oneProbeProvesAllThatIsDue() {
    latch.fatal("broken", eio);
    latchSuspect(latch);
    latch.spaceLow("low");
    time.pass(QUIET);
    latch.spaceOk();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @Test
  void aNewErrorOfOneClassDuringTheProbeHoldsThatClassOnly() {
    latch.fatal("broken", eio);
    latch.spaceLow("low");
    time.pass(QUIET);
    latch.spaceOk();
    HealthLatch.ProbeToken token = latch.probeToken();
    latch.fatal("meanwhile", eio);
    assertThat(latch.probeSucceeded(token)).isTrue();
    assertThat(latch.health().reason()).isEqualTo("fatal: broken");
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  @Test
  void aClassThatLatchesDuringTheProbeOfAnotherStays() {
    latch.fatal("broken", eio);
    time.pass(QUIET);
    HealthLatch.ProbeToken token = latch.probeToken();
    latch.spaceFailed("cannot write", new IOException("No space left on device"));
    assertThat(latch.probeSucceeded(token)).isTrue();
    assertThat(latch.unhealthyReason()).isNotNull();
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolFullException.class);
  }

  @Test
  void noProbeIsWantedOnAFullDiskSinceItWouldBeHeldAgainstTheDevice() {
    latch.fatal("broken", eio);
    latch.spaceLow("low");
    time.pass(QUIET);
    assertThat(latch.wantsProbe()).isFalse();
    assertThat(latch.probeSucceeded(latch.probeToken())).isFalse();
    latch.spaceOk();
    assertThat(probe(latch)).isTrue();
    assertHealthy(latch);
  }

  @Test
  void withoutAllowErrorUnlatchSpaceIsOverAndTheErrorIsNot() {
    HealthLatch stubborn = latch(false, true);
    stubborn.spaceLow("low");
    stubborn.fatal("broken", eio);
    time.pass(QUIET);
    stubborn.spaceOk();
    assertThat(probe(stubborn)).isTrue();
    assertThat(stubborn.unhealthyReason()).isNotNull();
    assertThat(stubborn.wantsProbe()).isFalse();
  }

  @Test
  void afterRecoveryWhatIsMerelyDegradedStaysSo() {
    latch.entryDamaged("entry");
    latch.fatal("broken", eio);
    time.pass(QUIET);
    assertThat(probe(latch)).isTrue();
    assertThat(latch.unhealthyReason()).isNull();
    assertThat(latch.health().state()).isEqualTo(State.DEGRADED);
  }

  @Test
  void afterRecoveryEverythingCanLatchAgain() {
    for (int i = 1; i <= 3; i++) {
      latch.fatal("broken " + i, eio);
      latchSuspect(latch);
      latch.spaceLow("low");
      assertThat(latch.health().reason()).startsWith("fatal: broken " + i + ";");
      time.pass(QUIET);
      latch.spaceOk();
      assertThat(probe(latch)).isTrue();
      assertHealthy(latch);
    }
    HealthLatch.Counters counters = latch.counters();
    assertThat(counters.fatalLatches()).isEqualTo(3);
    assertThat(counters.suspectLatches()).isEqualTo(3);
    assertThat(counters.spaceLatches()).isEqualTo(3);
    assertThat(counters.transitions()).isEqualTo(6);
  }

  @Test
  void aTokenFromAnEarlierLatchingIsVoid() {
    latch.fatal("broken", eio);
    time.pass(QUIET);
    HealthLatch.ProbeToken old = latch.probeToken();
    assertThat(latch.probeSucceeded(old)).isTrue();
    latch.fatal("broken again", eio);
    time.pass(QUIET);
    assertThat(latch.probeSucceeded(old)).isFalse();
    assertThat(latch.unhealthyReason()).isNotNull();
  }

  @Test
  void aProbeThatFailsWhenNoneWasWantedChangesNothingButTheCount() {
    latch.probeFailed(eio);
    assertHealthy(latch);
    assertThat(latch.counters().probesFailed()).isEqualTo(1);
  }

  /**
   * Under a quota the figures show room, and a probe, which is small, finds some: a message does
   * not, and stores would be taken and refused each second.
   */
  @Test
  void roomThatNoMessageFindsIsLookedForLessAndLessOften() {
    List<Long> stops = new ArrayList<>();
    for (long second = 0; second < 300; second++) {
      if (latch.unhealthyReason() == null) {
        latch.spaceFailed("cannot write", new IOException("Disk quota exceeded"));
        stops.add(second);
      }
      latch.spaceOk();
      if (latch.wantsProbe()) {
        assertThat(probe(latch)).isTrue();
      }
      time.seconds(1);
    }
    assertThat(stops).startsWith(0L, 1L, 3L, 6L, 11L, 20L).hasSizeLessThan(13);
    assertThat(latch.counters().spaceLatches()).isEqualTo(stops.size());
  }

  @Test
  void roomIsLookedForAtOnceAfterAQuietMinuteAndWhereTheFiguresShowIt() {
    IOException full = new IOException("No space left on device");
    for (int i = 0; i < 5; i++) {
      latch.spaceFailed("cannot write", full);
      time.seconds(120);
      latch.spaceOk();
      assertThat(probe(latch)).isTrue();
      time.seconds(1);
    }
    latch.spaceFailed("cannot write", full);
    latch.spaceOk();
    assertThat(latch.wantsProbe()).as("soon after").isFalse();
    latch.spaceLow("low");
    latch.spaceOk();
    assertThat(probe(latch)).as("the figures had shown it").isTrue();
    time.seconds(60);
    latch.spaceFailed("cannot write", full);
    latch.spaceOk();
    assertThat(probe(latch)).as("after a minute").isTrue();
    assertHealthy(latch);
  }
}
