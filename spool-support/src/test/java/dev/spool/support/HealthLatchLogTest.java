package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.event.Level;

/** Each transition is logged once, with its cause, and without holding the lock. */
class HealthLatchLogTest {
  private final IOException cause = new IOException("Input/output error");

  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch =
      new HealthLatch("in", HealthLatch.Settings.defaults(), time, time, log);

  private static LogLines.Line warn(String text, Throwable cause) {
    return new LogLines.Line(Level.WARN, "spool in: " + text, cause);
  }

  private static LogLines.Line info(String text) {
    return new LogLines.Line(Level.INFO, "spool in: " + text, null);
  }

  static Stream<Arguments> reports() {
    String refused = "stores are refused: ";
    return Stream.of(
        report((l, cause) -> l.fatal("x", cause), Level.WARN, refused + "fatal error: x", true),
        report(
            (l, cause) -> l.syncFailed("x", cause), Level.WARN, refused + "fatal error: x", true),
        report((l, cause) -> l.spaceFailed("x", cause), Level.WARN, refused + "no room: x", true),
        report((l, cause) -> l.spaceLow("x"), Level.WARN, refused + "no room: x", false),
        report((l, cause) -> l.entryDamaged("x"), Level.WARN, "degraded: damaged entry: x", false),
        report((l, cause) -> l.degraded("k", "x"), Level.WARN, "degraded: x", false),
        report((l, cause) -> l.closing(), Level.INFO, "being shut down", false),
        report((l, cause) -> l.closed(), Level.INFO, "shut down", false));
  }

  private static Arguments report(
      BiConsumer<HealthLatch, Throwable> report, Level level, String text, boolean withCause) {
    return Arguments.of(report, level, text, withCause);
  }

  @ParameterizedTest(name = "{1} {2}, with a cause: {3}")
  @MethodSource("reports")
  void whatIsReportedAgainAndAgainIsLoggedOnce(
      BiConsumer<HealthLatch, Throwable> report, Level level, String text, boolean withCause) {
    for (int i = 0; i < 100; i++) {
      report.accept(latch, cause);
      latch.tick();
      time.seconds(1);
    }
    assertThat(log.take())
        .containsExactly(new LogLines.Line(level, "spool in: " + text, withCause ? cause : null));
  }

  @Test
  void sustainedErrorsAreLoggedOnceAndABlipIsNot() {
    latch.suspect("blip", cause);
    latch.suspectCleared();
    assertThat(log.take()).isEmpty();
    for (int i = 0; i < 100; i++) {
      latch.suspect("x", cause);
      time.seconds(1);
    }
    assertThat(log.take()).containsExactly(warn("stores are refused: sustained errors: x", cause));
  }

  @Test
  void recoveryIsLoggedOnceForEachProbe() {
    latch.fatal("x", cause);
    latch.spaceLow("y");
    log.take();
    time.pass(Duration.ofMinutes(1));
    latch.spaceOk();
    latch.spaceOk();
    latch.probeSucceeded(latch.probeToken());
    assertThat(log.take())
        .containsExactly(info("recovered from: no room; stores are still refused: fatal: x"));
    latch.probeSucceeded(latch.probeToken());
    assertThat(log.take()).isEmpty();
    time.pass(Duration.ofMinutes(5));
    latch.probeSucceeded(latch.probeToken());
    latch.probeSucceeded(latch.probeToken());
    assertThat(log.take())
        .containsExactly(info("recovered from: fatal error; stores are taken again"));
  }

  @Test
  void theEndOfANoticeIsLoggedOnce() {
    latch.degraded("k", "disk probe stuck");
    log.take();
    latch.degradedCleared("k");
    latch.degradedCleared("k");
    assertThat(log.take()).containsExactly(info("no longer degraded: disk probe stuck"));
    latch.entryDamaged("x");
    log.take();
    latch.entriesIntact(1);
    latch.entriesIntact(1);
    assertThat(log.take()).containsExactly(info("no damaged entry is left"));
  }

  @Test
  void aFailureWhileShuttingDownIsStillLogged() {
    latch.closing();
    log.take();
    latch.syncFailed("cannot sync", cause);
    assertThat(log.take())
        .containsExactly(warn("stores are refused: fatal error: cannot sync", cause));
  }

  @Test
  void aTextWithBracesIsLoggedAsItIs() {
    latch.fatal("cannot read /s/{}", cause);
    assertThat(log.take().get(0).text()).endsWith("/s/{}");
  }

  @Test
  void aLoggerThatWaitsForAnotherThreadsReportDoesNotDeadlock() {
    List<HealthLatch> made = new ArrayList<>();
    LogLines slow =
        new LogLines(
            () ->
                CompletableFuture.runAsync(() -> made.get(0).spaceOk())
                    .orTimeout(1, TimeUnit.MINUTES)
                    .join());
    made.add(new HealthLatch("in", HealthLatch.Settings.defaults(), time, time, slow));
    made.get(0).fatal("x", cause);
    assertThat(slow.take()).hasSize(1);
  }

  @Test
  void aLoggerThatFailsDoesNotFailTheCallThatReports() {
    LogLines broken =
        new LogLines(
            () -> {
              throw new IllegalStateException("the log's disk is full, too");
            });
    HealthLatch unlogged =
        new HealthLatch("in", HealthLatch.Settings.defaults(), time, time, broken);
    assertThatCode(() -> unlogged.spaceFailed("x", cause)).doesNotThrowAnyException();
    assertThat(unlogged.unhealthyReason()).isNotNull();
  }
}
