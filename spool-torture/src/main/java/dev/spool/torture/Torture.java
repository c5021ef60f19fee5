package dev.spool.torture;

import dev.spool.torture.Line.What;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Kills processes that use a spool, one after the other, and compares after each death what is
 * there with what was acknowledged.
 *
 * <p>Each child opens what the one before has left, is asked for every message by a load and for
 * all of them by a scan, and then works until it is killed (SIGKILL): under load, right after an
 * acknowledgement, after a single write, while it opens, or while it closes. What it was promised
 * is kept in this process, by an {@link Oracle}. The last child is asked, writes once more, and
 * closes in peace.
 *
 * <p>Each child that writes has to answer, but for some that are killed before: a spool that takes
 * nothing any more loses nothing, and keeps no promise either.
 *
 * <p>A kill is no power cut: what the operating system had been handed stays; another {@link Death}
 * takes that away too. For one thread.
 */
public final class Torture {
  /** No opening, comparing or closing takes that long, unless something hangs. */
  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** Nor does a write, beside others. */
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /** So many of the messages that were removed are asked for again, too. */
  private static final int REMOVED = 200;

  private static final List<String> JVM =
      List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /** Tens of messages of up to 25 MiB may be under way. */
  private static final List<String> MAIL_JVM = List.of("-Xmx1g", "-XX:TieredStopAtLevel=1");

  private final Plan plan;
  private final Death death;
  private final Consumer<String> progress;
  private final Oracle oracle;
  private final Judge judge;
  private final Random random;
  private final Pace pace;

  /** How long the child of this round has worked, in nanoseconds; 0 if it was to do one write. */
  private long worked;

  /** How many were killed when. */
  private final Map<String, Long> moments = new LinkedHashMap<>();

  private long kills;
  private long present;
  private long openingMillis = 200;
  private long slowestOpeningMillis;

  /**
   * What is to be done.
   *
   * @param uri the spool: there must be none there, or an empty one
   * @param log the file that the children's errors and logs are appended to
   * @param seed what the messages and the choices follow from; not the very moments of the kills
   * @param kills how many there are to be
   * @param atMost how long to go on at most
   * @param work how long a child works at most, before it is killed
   * @param longest the length of the longest message, in bytes; of mail it is what mail has
   * @param mail how many messages of mail are stored each second; none for all calls at once, as
   *     many as go
   */
  public record Plan(
      String uri,
      Path log,
      long seed,
      int kills,
      Duration atMost,
      Duration work,
      int longest,
      MailRate mail) {

    /** As many calls as go. */
    public Plan(
        String uri, Path log, long seed, int kills, Duration atMost, Duration work, int longest) {
      this(uri, log, seed, kills, atMost, work, longest, MailRate.NONE);
    }
  }

  /**
   * Makes one.
   *
   * @param death how the processes die
   * @param progress is told of each death
   */
  public Torture(Plan plan, Death death, Consumer<String> progress) {
    this.plan = plan;
    this.death = death;
    this.progress = progress;
    Payloads payloads =
        plan.mail.isMail() ? Payloads.ofMail(plan.seed) : new Payloads(plan.seed, plan.longest);
    this.oracle =
        death.fault() == Fault.KILL ? Oracle.ofKills(payloads) : Oracle.ofPowerCuts(payloads);
    this.judge = new Judge(oracle);
    this.random = new Random(plan.seed);
    this.pace = new Pace(plan.mail);
  }

  /**
   * Goes on until all have died, the time is over, or a promise was broken.
   *
   * @throws IOException if no child can be started, or a death does not work
   */
  public Verdict run() throws IOException, InterruptedException {
    long end = System.nanoTime() + plan.atMost.toNanos();
    int round = 0;
    while (kills < plan.kills && System.nanoTime() < end && oracle.violations() == 0) {
      Moment moment = round == 0 ? Moment.WORKING : moment();
      round(round++, moment);
      progress.accept(
          String.format(
              Locale.ROOT,
              "kill %,d, %s: %,d writes acknowledged so far, %,d comparisons, %,d there at the last"
                  + " opening; %d promises broken",
              kills,
              moment,
              oracle.acknowledged(),
              oracle.checked(),
              present,
              oracle.violations()));
    }
    if (oracle.violations() == 0) {
      round(round, null);
    }
    return new Verdict(
        kills,
        moments,
        oracle.acknowledged(),
        oracle.checked(),
        present,
        slowestOpeningMillis,
        judge.refusals(),
        oracle.violations(),
        oracle.shownViolations(),
        pace.held());
  }

  private Moment moment() {
    int kind = random.nextInt(100);
    if (kind < 40) {
      return Moment.WORKING;
    }
    if (kind < 55) {
      return Moment.ACKNOWLEDGED;
    }
    if (kind < 70) {
      return Moment.ONCE;
    }
    return kind < 80 ? Moment.OPENING : kind < 90 ? Moment.CLOSING : Moment.CLOSED;
  }

  /** One child's life; without a moment it is asked, writes once, and closes in peace. */
  private void round(int round, @Nullable Moment moment) throws IOException, InterruptedException {
    List<String> arguments =
        List.of(
            plan.uri,
            Long.toString(plan.seed),
            Integer.toString(plan.longest),
            Integer.toString(round),
            Integer.toString(pace.rate()));
    List<String> jvm = plan.mail.isMail() ? MAIL_JVM : JVM;
    long stored = judge.stored();
    worked = 0;
    @Nullable Moment struck;
    Process process = ChildJvm.start(TortureChild.class, jvm, arguments, plan.log);
    try (Child child = new Child(process, judge::hear, this::strike)) {
      if (live(child, moment)) {
        child.kill();
      }
      String unexpected = child.awaitDeath(LIMIT);
      if (unexpected != null) {
        oracle.violated("the process that used the spool: " + unexpected + "; see " + plan.log);
      }
      struck = moment == null ? null : struck(child, moment);
    }
    if (worked > 0) {
      pace.lived(judge.stored() - stored, worked);
    }
    if (struck == null) {
      judge.dead(Fault.KILL); // it had closed, or there is no verdict to be had any more
      return;
    }
    death.restore();
    judge.dead(death.fault());
    kills++;
    moments.merge(struck.toString(), 1L, Long::sum);
  }

  /** Returns when it was killed really, which is not always when it was to be. */
  private static Moment struck(Child child, Moment meant) {
    return switch (meant) {
      case OPENING, OPENED ->
          child.saidBeforeItWasKilled(What.OPEN) ? Moment.OPENED : Moment.OPENING;
      case CLOSING, CLOSED ->
          child.saidBeforeItWasKilled(What.CLOSED) ? Moment.CLOSED : Moment.CLOSING;
      case ACKNOWLEDGED, ONCE, WORKING, EARLY -> {
        if (!child.saidBeforeItWasKilled(What.DONE)) {
          yield Moment.EARLY;
        }
        yield meant == Moment.ACKNOWLEDGED && !child.wasKilledByWhatItSaid()
            ? Moment.WORKING
            : meant;
      }
    };
  }

  /** Has it live; returns whether it is to be killed then, rather than to end. */
  private boolean live(Child child, @Nullable Moment moment) throws InterruptedException {
    if (!child.await(What.OPENING, LIMIT)) {
      oracle.violated("the process did not begin to open the spool; see " + plan.log);
      return true;
    }
    if (moment == Moment.OPENING) {
      Thread.sleep(random.nextInt((int) (openingMillis * 3 / 2) + 1));
      return true;
    }
    if (!opened(child) || !compared(child)) {
      return true;
    }
    if (moment == null) {
      child.send("once-synced\n");
      return !acknowledged(child) || !closed(child);
    }
    switch (moment) {
      case ONCE -> {
        child.killAfter(What.DONE, 1);
        // What is BUFFERED is not missed after a power cut.
        child.send(death.fault() == Fault.POWER_CUT ? "once-synced\n" : "once\n");
        boolean unused = acknowledged(child);
      }
      case ACKNOWLEDGED -> {
        child.killAfter(What.DONE, 1 + random.nextInt(1000));
        long begin = System.nanoTime();
        child.send("work\n");
        if (acknowledged(child)) {
          child.awaitEnd(Duration.ofSeconds(20)); // or it is killed under load
        }
        worked = System.nanoTime() - begin;
      }
      case CLOSING -> {
        work(child);
        child.send("close\n");
        Thread.sleep(random.nextInt(60));
      }
      case CLOSED -> {
        work(child);
        child.killAfter(What.CLOSED, 1);
        child.send("close\n");
        if (!child.await(What.CLOSED, LIMIT)) {
          oracle.violated("the spool could not be closed, or not in time");
        }
      }
      case WORKING, EARLY, OPENING, OPENED -> work(child);
    }
    return true;
  }

  private void strike() throws IOException {
    if (death.fault() == Fault.POWER_CUT) {
      judge.striking();
    }
    death.strike();
  }

  private boolean opened(Child child) throws InterruptedException {
    long begin = System.nanoTime();
    if (!child.await(What.OPEN, LIMIT)) {
      oracle.violated("the spool could not be opened after the kill, or not in time");
      return false;
    }
    openingMillis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
    slowestOpeningMillis = Math.max(slowestOpeningMillis, openingMillis);
    return true;
  }

  private boolean compared(Child child) throws InterruptedException {
    StringBuilder questions = new StringBuilder();
    oracle.ids().forEach(id -> questions.append("load ").append(id).append('\n'));
    oracle.removed(REMOVED).forEach(id -> questions.append("load ").append(id).append('\n'));
    child.send(questions.append("scan\n").toString());
    if (!child.await(What.COMPARED, LIMIT)) {
      oracle.violated("the spool could not be compared, or not in time");
      return false;
    }
    present = child.said(What.ITEM);
    return true;
  }

  private boolean closed(Child child) throws InterruptedException {
    child.send("close\n");
    if (!child.await(What.CLOSED, LIMIT)) {
      oracle.violated("the spool could not be closed, or not in time");
      return false;
    }
    child.finish();
    return true;
  }

  private void work(Child child) throws InterruptedException {
    int longest = (int) plan.work.toMillis();
    int millis = random.nextInt(longest) + 1;
    long begin = System.nanoTime();
    child.send("work\n");
    Thread.sleep(pace.measures() ? longest : millis);
    if (random.nextInt(4) > 0) {
      boolean unused = acknowledged(child);
    } // else perhaps before its first acknowledgement
    worked = System.nanoTime() - begin;
  }

  /**
   * Waits until a write was acknowledged. A spool that says that it takes none has broken no
   * promise; there is no good verdict then.
   */
  private boolean acknowledged(Child child) throws InterruptedException {
    boolean inTime = child.awaitDone(judge::hasShed, ANSWER);
    if (!inTime) {
      oracle.violated("no write was acknowledged, or not in " + ANSWER.toSeconds() + " s");
    }
    return inTime;
  }
}
