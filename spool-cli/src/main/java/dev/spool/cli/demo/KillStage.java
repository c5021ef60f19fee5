package dev.spool.cli.demo;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.cli.Text;
import dev.spool.torture.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Kills a process that stores, again and again over the same spool, and compares after each kill
 * what is there with what was acknowledged.
 */
final class KillStage {
  /** So many sessions store at once. */
  private static final int PRODUCERS = 32;

  private final Setting setting;
  private final String scheme;
  private final int kills;
  private final Duration longest;
  private final Random random;

  // Written by the thread that reads a child's lines, and read once that has ended.
  private final Ledger ledger;
  private final Histogram micros = new Histogram(TimeUnit.MINUTES.toMicros(10), 3);
  private long stored;
  private long removed;
  private long firstStore;
  private long lastStore;

  private long storingNanos;
  private Duration slowestOpening = Duration.ZERO;

  /**
   * Makes the stage.
   *
   * @param longest the longest that a child is left to store before it is killed
   */
  KillStage(Setting setting, String scheme, int kills, Duration longest) {
    this.setting = setting;
    this.scheme = scheme;
    this.kills = kills;
    this.longest = longest;
    this.random = new Random(setting.seed() ^ scheme.hashCode());
    this.ledger = new Ledger(setting.mail());
  }

  KillResult run() throws IOException, InterruptedException {
    Ledger.Verdict sum = Ledger.Verdict.none();
    for (int kill = 1; kill <= kills; kill++) {
      // One child is killed while it recovers the spool that the one before has left.
      AckLine.Kind moment = kill == 3 ? AckLine.Kind.OPENING : AckLine.Kind.STORED;
      long storedBefore = stored;
      long removedBefore = removed;
      long millis = storeAndKill(moment, kill);
      long begin = System.nanoTime();
      Ledger.Verdict verdict;
      Duration opening;
      try (Spool spool = Spools.open(setting.uri(scheme, "kill-" + scheme))) {
        opening = Duration.ofNanos(System.nanoTime() - begin);
        verdict = ledger.check(spool);
      }
      slowestOpening = opening.compareTo(slowestOpening) > 0 ? opening : slowestOpening;
      sum = sum.plus(verdict);
      setting.say(
          "  %-8s kill %d of %d, %s: %s stored, %s removed; reopened in %d ms: %s there, %s of them"
              + " not acknowledged; %d lost, %d altered, %d came back",
          scheme,
          kill,
          kills,
          moment == AckLine.Kind.OPENING
              ? millis + " ms into its opening"
              : millis + " ms after its first message",
          Text.count(stored - storedBefore),
          Text.count(removed - removedBefore),
          opening.toMillis(),
          Text.count(verdict.present()),
          Text.count(verdict.unacknowledged()),
          verdict.lost(),
          verdict.altered(),
          verdict.returned() + verdict.twice());
    }
    return new KillResult(
        scheme, kills, stored, removed, sum, storingNanos, micros, slowestOpening);
  }

  /** Lets a child store, kills it at a random moment, and returns that moment in milliseconds. */
  private long storeAndKill(AckLine.Kind moment, int kill)
      throws IOException, InterruptedException {
    Path log = setting.path("kill-" + scheme + ".log");
    Process process =
        ChildJvm.start(
            CrashChild.class,
            List.of("-Xmx512m"),
            List.of(
                setting.uri(scheme, "kill-" + scheme),
                setting.mailDirectory().toString(),
                Integer.toString(PRODUCERS),
                Long.toString(setting.seed() + kill)),
            log);
    try {
      firstStore = 0;
      ChildRun run = new ChildRun(process, moment, this::note);
      try {
        run.await();
        long bound = moment == AckLine.Kind.OPENING ? 500 : longest.toMillis();
        long millis = bound / 10 + random.nextInt((int) Math.max(1, bound - bound / 10));
        Thread.sleep(millis);
        run.kill();
        if (firstStore != 0) {
          storingNanos += lastStore - firstStore;
        }
        return millis;
      } catch (DemoFailure e) {
        process.destroyForcibly().waitFor();
        throw new DemoFailure(
            scheme + ": " + e.getMessage() + "; it said: " + Files.readString(log));
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private void note(AckLine line) {
    ledger.note(line);
    switch (line.kind()) {
      case STORED -> {
        stored++;
        micros.recordValue(Math.min(line.micros(), micros.getHighestTrackableValue()));
        lastStore = System.nanoTime();
        firstStore = firstStore == 0 ? lastStore : firstStore;
      }
      case REMOVED -> removed++;
      case OPENING, READY, REMOVING -> {}
    }
  }
}
