package dev.spool.support;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.spool.SpoolHealth;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.L_Result;
import org.slf4j.helpers.NOPLogger;

/** The latch: what is reported beside a recovery, and what readers see without its lock. */
public class HealthLatchRaces {
  private HealthLatchRaces() {}

  static IOException eio() {
    return new IOException("Input/output error");
  }

  /** It lets go as soon as a probe has succeeded. */
  static HealthLatch latch() {
    return new HealthLatch(
        "races",
        new HealthLatch.Settings(Duration.ZERO, Duration.ZERO, true, true),
        () -> Instant.EPOCH,
        () -> 0,
        NOPLogger.NOP_LOGGER);
  }

  static HealthLatch broken() {
    HealthLatch latch = latch();
    latch.fatal("first", eio());
    return latch;
  }

  static String state(HealthLatch latch) {
    return latch.health().state()
        + ", "
        + SpoolUnhealthyException.REASON.equals(latch.unhealthyReason())
        + ", "
        + (latch.refusal() != null);
  }

  /** An error that is reported while a probe runs outlasts its success. */
  @JCStressTest
  @Outcome(id = "SHEDDING, true, true", expect = ACCEPTABLE)
  @State
  public static class ErrorBesideAProbe {
    private final HealthLatch latch = broken();
    private final HealthLatch.ProbeToken token = latch.probeToken();

    @Actor
    public void prober() {
      latch.probeSucceeded(token);
    }

    @Actor
    public void caller() {
      latch.fatal("second", eio());
    }

    @Arbiter
    public void afterwards(L_Result r) {
      r.r1 = state(latch);
    }
  }

  /** So does lack of room. */
  @JCStressTest
  @Outcome(id = "SHEDDING, true, true", expect = ACCEPTABLE)
  @State
  public static class NoRoomBesideAProbe {
    private final HealthLatch latch = latch();
    private final HealthLatch.ProbeToken token;

    /** There was none, and there is some. */
    public NoRoomBesideAProbe() {
      latch.spaceLow("first");
      latch.spaceOk();
      token = latch.probeToken();
    }

    @Actor
    public void prober() {
      latch.probeSucceeded(token);
    }

    @Actor
    public void caller() {
      latch.spaceFailed("second", eio());
    }

    @Arbiter
    public void afterwards(L_Result r) {
      r.r1 = state(latch);
    }
  }

  /** Two kinds of trouble at once: the end of one leaves the other. */
  @JCStressTest
  @Outcome(id = "SHEDDING, true, true", expect = ACCEPTABLE)
  @State
  public static class OtherErrorBesideAProbe {
    private final HealthLatch latch = broken();
    private final HealthLatch.ProbeToken token = latch.probeToken();

    @Actor
    public void prober() {
      latch.probeSucceeded(token);
    }

    @Actor
    public void guard() {
      latch.spaceLow("low");
    }

    @Arbiter
    public void afterwards(L_Result r) {
      r.r1 = state(latch);
    }
  }

  /** Nothing recovers a spool that is being shut down. */
  @JCStressTest
  @Outcome(id = "CLOSED, true, (true|false)", expect = ACCEPTABLE)
  @State
  public static class ClosingBesideAProbe {
    private final HealthLatch latch = broken();
    private final HealthLatch.ProbeToken token = latch.probeToken();

    @Actor
    public void prober() {
      latch.probeSucceeded(token);
    }

    @Actor
    public void closer() {
      latch.closing();
    }

    @Arbiter
    public void afterwards(L_Result r) {
      r.r1 = state(latch);
    }
  }

  /** Who sees in the state that stores are refused sees the reason too. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "1, 1"},
      expect = ACCEPTABLE)
  @State
  public static class ReasonAfterState {
    private final HealthLatch latch = latch();

    @Actor
    public void caller() {
      latch.fatal("first", eio());
    }

    @Actor
    public void reader(II_Result r) {
      r.r1 = latch.health().state() == SpoolHealth.State.SHEDDING ? 1 : 0;
      r.r2 = latch.unhealthyReason() == null ? 0 : 1;
    }
  }

  /** Who sees by the reason that stores are taken again sees it in the state too. */
  @JCStressTest
  @Outcome(
      id = {"1, 1", "1, 0", "0, 0"},
      expect = ACCEPTABLE)
  @State
  public static class StateAfterReason {
    private final HealthLatch latch = broken();
    private final HealthLatch.ProbeToken token = latch.probeToken();

    @Actor
    public void prober() {
      latch.probeSucceeded(token);
    }

    @Actor
    public void reader(II_Result r) {
      r.r1 = latch.unhealthyReason() == null ? 0 : 1;
      r.r2 = latch.health().state() == SpoolHealth.State.SHEDDING ? 1 : 0;
    }
  }

  /** A success that clears suspicion, looked for without the lock, clears nothing else. */
  @JCStressTest
  @Outcome(id = "SHEDDING, true, true", expect = ACCEPTABLE)
  @State
  public static class ErrorBesideASuccess {
    private final HealthLatch latch =
        new HealthLatch(
            "races",
            new HealthLatch.Settings(Duration.ofSeconds(1), Duration.ZERO, true, true),
            () -> Instant.EPOCH,
            () -> 0,
            NOPLogger.NOP_LOGGER);

    /** There was an error that may pass. */
    public ErrorBesideASuccess() {
      latch.suspect("timeout", null);
    }

    @Actor
    public void succeeding() {
      latch.suspectCleared();
    }

    @Actor
    public void failing() {
      latch.fatal("broken", eio());
    }

    @Arbiter
    public void afterwards(L_Result r) {
      r.r1 = state(latch);
    }
  }
}
