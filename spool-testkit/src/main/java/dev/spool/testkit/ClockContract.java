package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock steps, by years forwards and by hours backwards, again and again, while a process
 * uses a spool, and between processes that do: nothing that was acknowledged is lost, new ids grow,
 * and neither deadlines nor latches notice. For backends that declare {@link Trait#PERSISTENT} and
 * {@link Trait#ADMISSION}; the provider of the fixture's addresses has to be on the class path, and
 * libfaketime beside the {@code PATH}. The settings {@code storeDeadline}, {@code
 * errorLatchDuration} and {@code errorUnlatchDuration} are set, which {@link
 * dev.spool.support.LocalSpoolBuilder} has.
 */
public interface ClockContract extends BackendContract {
  /** How far the clock is off at each step, in turn. */
  List<Duration> STEPS =
      List.of(
          Duration.ofDays(3650),
          Duration.ofHours(-5),
          Duration.ofDays(45),
          Duration.ofDays(-400),
          Duration.ofHours(30),
          Duration.ZERO);

  /** Returns how many processes use the spool, one after the other. */
  default int clockLives() {
    return Stress.rounds(Stress.isAgain() ? 2 : 4, 100);
  }

  /**
   * Stores, replacements, loads, removals, scans and maintenance, over several openings of the same
   * spool, each at another time; every other process is killed.
   */
  @Test
  default void stepsOfTheClockLoseNothing(@TempDir Path dir) throws IOException {
    assertThat(fixture().traits()).contains(Trait.PERSISTENT);
    SteppedClock clock = SteppedClock.in(dir);
    Path spool = dir.resolve("spool");
    Map<SpoolId, byte[]> there = new LinkedHashMap<>();
    for (int life = 0; life < clockLives(); life++) {
      Duration begin = STEPS.get(life % STEPS.size());
      clock.set(begin);
      Path log = dir.resolve("child-" + life + ".log");
      try (AnsweringChild child = new AnsweringChild(ClockChild.class, clock.environment(), log)) {
        judge(child, "OPEN " + fixture().uri(spool), there, log);
        judge(child, "SHOW " + begin.toSeconds() + " " + System.currentTimeMillis(), there, log);
        judge(child, "WORK " + (Stress.seed() * 1000 + life), there, log);
        try (Stepping stepping = new Stepping(clock)) {
          judge(child, "WORK " + (Stress.seed() * 1000 + life + 500), there, log);
          judge(child, "WORK " + (Stress.seed() * 1000 + life + 750), there, log);
          assertThat(stepping.steps()).as("steps of the clock, %s", seed()).isPositive();
        }
        if (life % 2 == 0) {
          judge(child, "CLOSE", there, log);
          child.finish();
        }
      }
    }
    try (Spool opened = open(spool)) {
      try {
        Check.holdsExactly(opened, there);
      } catch (AssertionError e) {
        throw new AssertionError(seed() + ": " + e.getMessage(), e);
      }
      assertThat(opened.unhealthyReason()).as(seed()).isNull();
      assertThat(opened.health().reason()).as(seed()).isNull();
    }
    System.out.println(clockLives() + " lives with a stepping clock, " + seed());
  }

  private static String seed() {
    return "seed " + Stress.seed();
  }

  /**
   * On a {@link FaultyMount} that does not answer, and one that fails: deadlines of the caller and
   * of the spool, errors that are to be sustained before they latch, and latches that are to be
   * quiet before they let go, all take as long as they are to, and no clock that steps ends them
   * sooner, or holds them up.
   */
  @Test
  default void stepsOfTheClockMoveNoDeadlineAndNoLatch(@TempDir Path dir) throws IOException {
    assertThat(fixture().traits()).contains(Trait.PERSISTENT, Trait.ADMISSION);
    SteppedClock clock = SteppedClock.in(dir);
    Path log = dir.resolve("child.log");
    Map<SpoolId, byte[]> there = new LinkedHashMap<>();
    // The mount is closed first: a process that waits for it cannot be killed.
    try (AnsweringChild child = new AnsweringChild(ClockChild.class, clock.environment(), log);
        FaultyMount mount = FaultyMount.in(dir)) {
      Path spool = mount.directory().resolve("spool");
      String uri = fixture().uri(spool);
      judge(
          child,
          "OPEN "
              + uri
              + (uri.contains("?") ? "&" : "?")
              + "storeDeadline=1s&errorLatchDuration=1500ms&errorUnlatchDuration=1500ms",
          there,
          log);
      judge(child, "SHOW 0 " + System.currentTimeMillis(), there, log);
      judge(child, "SETTLE", there, log);

      mount.hold();
      child.say("DEADLINE 700");
      mount.awaitHeld();
      String fired = beside(clock, child, there, log);
      assertThat(fired).as(seed()).startsWith(DeadlineExceededException.class.getSimpleName());
      assertThat(nanos(fired))
          .as("a deadline of 700 ms, %s", seed())
          .isGreaterThanOrEqualTo(700_000_000L);
      mount.release();
      judge(child, "SETTLE", there, log);

      mount.hold();
      child.say("DEADLINE 0");
      mount.awaitHeld();
      fired = beside(clock, child, there, log);
      assertThat(fired).as(seed()).startsWith(BackpressureTimeoutException.class.getSimpleName());
      assertThat(nanos(fired))
          .as("storeDeadline, %s", seed())
          .isGreaterThanOrEqualTo(1_000_000_000L);
      mount.release();
      judge(child, "SETTLE", there, log);

      mount.hold();
      child.say("SUSPECT");
      mount.awaitHeld();
      String latched = beside(clock, child, there, log);
      assertThat(nanos(latched)).as("latched, %s", seed()).isGreaterThanOrEqualTo(1_500_000_000L);
      mount.release();
      child.say("SETTLE");
      String over = beside(clock, child, there, log);
      assertThat(nanos(over)).as("let go, %s", seed()).isGreaterThanOrEqualTo(1_500_000_000L);

      mount.failNth(1, true, Errno.EIO);
      judge(child, "FAIL", there, log);
      mount.heal();
      child.say("SETTLE");
      over = beside(clock, child, there, log);
      assertThat(nanos(over)).as("let go, %s", seed()).isGreaterThanOrEqualTo(1_500_000_000L);

      judge(child, "CLOSE", there, log);
      child.finish();
      try (Spool opened = open(spool)) {
        Map<SpoolId, byte[]> found = Check.enumerate(opened).items();
        there.forEach((id, message) -> Check.same(found.getOrDefault(id, new byte[0]), message));
        assertThat(opened.unhealthyReason()).as(seed()).isNull();
      }
    }
  }

  private static long nanos(String answer) {
    return Long.parseLong(answer.substring(answer.lastIndexOf(' ') + 1));
  }

  /** Has it do something; returns what it says of it, and learns what it has stored and removed. */
  private static String judge(
      AnsweringChild child, String order, Map<SpoolId, byte[]> there, Path log) throws IOException {
    child.say(order);
    return answer(child, there, log);
  }

  /** Has the clock step, ahead at first, while the child does what it was told. */
  private static String beside(
      SteppedClock clock, AnsweringChild child, Map<SpoolId, byte[]> there, Path log)
      throws IOException {
    String answer;
    try (Stepping stepping = new Stepping(clock)) {
      answer = answer(child, there, log);
      stepping.goOn();
    }
    clock.set(Duration.ZERO);
    return answer;
  }

  private static String answer(AnsweringChild child, Map<SpoolId, byte[]> there, Path log)
      throws IOException {
    while (true) {
      String answer = child.answer();
      String[] words = answer.split(" ", -1);
      switch (words[0]) {
        case "STORED" -> there.put(SpoolId.parse(words[1]), ClockChild.message(words[2]));
        case "REMOVED" -> there.remove(SpoolId.parse(words[1]));
        case "DONE" -> {
          return answer.substring("DONE".length()).strip();
        }
        default -> throw new AssertionError(answer + "; " + seed() + "; " + Files.readString(log));
      }
    }
  }

  /** Has the clock step until it is closed. */
  final class Stepping implements AutoCloseable {
    private static final long PAUSE_NANOS = 30_000_000;

    private final SteppedClock clock;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> thread;
    private volatile int steps;

    Stepping(SteppedClock clock) throws IOException {
      this.clock = clock;
      clock.set(STEPS.get(0));
      this.thread = Threads.run(this::step);
    }

    private void step() throws IOException {
      for (int i = 1; !closed.get(); i++) {
        clock.set(STEPS.get(i % STEPS.size()));
        steps = i;
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    int steps() {
      return steps;
    }

    /** Fails if the clock has ceased to step. */
    void goOn() {
      assertThat(thread).isNotDone();
    }

    @Override
    public void close() {
      closed.set(true);
      Check.get(thread);
    }
  }
}
