package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import dev.spool.torture.Death;
import dev.spool.torture.Fault;
import dev.spool.torture.Torture;
import dev.spool.torture.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls on the file system fail, one after the other, once and from then on, with every error that
 * a disk gives; then the process dies, or the power fails, and the spool is opened again. What
 * {@link FaultContract} is to backends that take a {@code Disk}, for all others too: the file
 * system is a {@link FaultyMount}.
 *
 * <p>In the build some of all calls are tried, as many as take some seconds; with {@code -Pstress}
 * each that there is in such a life.
 *
 * <p>{@code storeDeadline}, {@code loadDeadline} and {@code errorUnlatchDuration} are set, so that
 * a spool gives up soon what waits for a disk that has failed, and goes on; and where calls are
 * slow or not answered, {@code errorLatchDuration}, {@code maxInFlightBytes}, {@code maxWaiting}
 * and {@code shutdownTimeout}, too, all of which {@link dev.spool.support.LocalSpoolBuilder} has.
 */
public interface MountedFaultContract extends BackendContract {
  /** How many threads a scan may take: {@code file:} reads with 32 side by side. */
  int MOST_THREADS_OF_A_SCAN = 40;

  /** Sixty times what a shutdown is given here: a busy machine does not make it take as long. */
  long SHUTDOWN_NANOS = 30_000_000_000L;

  /** One call fails, and does nothing. */
  @Test
  default void everyCallFailsOnce(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.ONCE, dir);
  }

  /** A call fails, and all after it: the disk is gone. */
  @Test
  default void everyCallFailsFromThenOn(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.FROM_THEN_ON, dir);
  }

  /** A write is cut short, and the next one finds no room. */
  @Test
  default void everyCallThatWritesIsCutShort(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.SHORT_WRITE, dir);
  }

  /** A force fails, and drops what it was to force: a later one that succeeds means nothing. */
  @Test
  default void everyCallThatForcesFailsAndDropsWhatItWasToForce(@TempDir Path dir)
      throws IOException {
    sweep(FaultSweep.Kind.DROPPING_FORCE, dir);
  }

  /**
   * Likewise, and it is waited until the spool takes stores again: what is acknowledged then, and
   * what is reclaimed of what that replaces, rests on nothing that was dropped.
   */
  @Test
  default void spoolThatHasRecoveredRestsOnNothingThatWasDropped(@TempDir Path dir)
      throws IOException {
    try (FaultyMount mount = FaultyMount.in(dir)) {
      FaultSweep sweep = new FaultSweep(stage(mount), FaultSweep.Kind.DROPPING_FORCE);
      int passes = Stress.isLong() ? Stress.rounds(1, 100) : Math.min(3, Stress.rounds(1, 100));
      for (int pass = 0; pass < passes; pass++) {
        sweep.recover(2, Stress.seed() + pass);
      }
      System.out.println("DROPPING_FORCE, recovered, mounted: " + sweep);
      if (sweep.reclaimed() == 0) {
        notMet("a recovery after a force that dropped what it was to force");
      }
    }
  }

  /** A write takes a part of the bytes, and the next one the rest: nothing is wrong. */
  @Test
  default void writeThatIsMadeInPartsIsNoFailure(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.WRITE_IN_PART, few(), dir);
  }

  /** The force of a directory fails, and drops what it was to force: names. */
  @Test
  default void everyCallThatForcesADirectoryFailsAndDropsWhatItWasToForce(@TempDir Path dir)
      throws IOException {
    sweep(FaultSweep.Kind.DROPPING_DIRECTORY_FORCE, few(), dir);
  }

  /**
   * A call takes longer than every deadline, and succeeds then: calls of the spool end in time, it
   * says so and recovers, and no write comes after one that was called later.
   */
  @Test
  default void slowCallHoldsNobodyUp(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.SLOW, few(), dir);
  }

  /**
   * Calls fail, and the power does, while a spool is made: it is made the next time, if not this
   * time, and what is beside it is left as it is. A directory of somebody else's is refused.
   */
  @Test
  default void faultsWhileASpoolIsMade(@TempDir Path dir) throws IOException {
    try (FaultyMount mount = FaultyMount.in(dir)) {
      for (FaultSweep.Kind kind : FaultSweep.Kind.WHILE_MADE) {
        making(mount, kind, FaultSweep.Beginning.NEW);
      }
      making(mount, FaultSweep.Kind.ONCE, FaultSweep.Beginning.SOMEBODYS);
      making(mount, FaultSweep.Kind.FROM_THEN_ON, FaultSweep.Beginning.SOMEBODYS);
    }
  }

  private void making(FaultyMount mount, FaultSweep.Kind kind, FaultSweep.Beginning beginning) {
    FaultSweep sweep = new FaultSweep(stage(mount), kind, beginning);
    for (int pass = 0; pass < passes(kind); pass++) {
      sweep.sample(few(), Stress.seed() + pass);
    }
    System.out.println(kind + ", " + beginning + ", mounted: " + sweep);
    if (sweep.runs() == 0) {
      notMet(kind + " while a spool is made, " + beginning);
    }
  }

  /** The power fails. */
  @Test
  default void powerFailsAtEveryCallThatChangesSomething(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.POWER, dir);
  }

  /**
   * The process is killed while it writes, and another one opens the spool and goes on; then the
   * power fails: what the second one has acknowledged rests on nothing that the first one had not
   * forced.
   */
  @Test
  default void powerFailsAfterTheProcessWasKilled(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.POWER, FaultSweep.Beginning.KILLED, few(), dir);
  }

  /** The power fails under the load of many writers, again and again over the same spool. */
  @Test
  default void powerFailsUnderLoad(@TempDir Path dir) throws IOException, InterruptedException {
    int cuts = Stress.rounds(Stress.isAgain() ? 1 : 3, 300);
    Path log = dir.resolve("children.log");
    try (FaultyMount mount = FaultyMount.in(dir)) {
      Torture.Plan plan =
          new Torture.Plan(
              fixture().uri(mount.directory().resolve("spool")),
              log,
              Stress.seed(),
              cuts,
              Duration.ofHours(3),
              Duration.ofMillis(Stress.count(300, 600)),
              100_000);
      mount.clear(Stress.seed());
      Verdict verdict = new Torture(plan, powerCut(mount), System.out::println).run();
      System.out.println("mounted, seed " + plan.seed() + ": " + verdict);

      assertThat(verdict.shown())
          .as("seed %s: %s; %s", plan.seed(), verdict, said(log, verdict))
          .isEmpty();
      assertThat(verdict.isGood()).as(verdict.toString()).isTrue();
      assertThat(verdict.kills()).isEqualTo(cuts);
    }
  }

  private static Death powerCut(FaultyMount mount) {
    return new Death() {
      @Override
      public Fault fault() {
        return Fault.POWER_CUT;
      }

      @Override
      public void strike() {
        mount.cutAfter(0);
      }

      @Override
      public void restore() {
        mount.restart();
      }
    };
  }

  private static String said(Path log, Verdict verdict) throws IOException {
    return verdict.isGood() ? "" : Files.readString(log);
  }

  /**
   * The disk does not answer for a while: calls end at their deadlines, the spool says that it is
   * ill, a shutdown ends and says so; and nothing is lost.
   */
  @Test
  default void diskThatDoesNotAnswerHoldsNobodyUp(@TempDir Path dir) throws IOException {
    try (FaultyMount mount = FaultyMount.in(dir)) {
      Path directory = mount.directory().resolve("spool");
      Map<SpoolId, byte[]> stored = Messages.mixed(1, 20, 6000);
      Map<SpoolId, byte[]> unknown = new ConcurrentHashMap<>();
      try (Spool patient = open(directory)) {
        Check.storeAll(patient, stored, Durability.SYNC);
      }
      Spool spool =
          open(
              directory,
              "storeDeadline",
              "200ms",
              "loadDeadline",
              "200ms",
              "errorLatchDuration",
              "100ms",
              "shutdownTimeout",
              "500ms");
      mount.hold();
      try {
        CompletableFuture<Void> begun = tried(spool, null, unknown);
        mount.awaitHeld();
        begun.join();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS);
        while (spool.unhealthyReason() == null) {
          assertThat(System.nanoTime() - end).as("it does not say that it is ill").isNegative();
          tried(spool, Deadline.after(Duration.ofMillis(50)), unknown).join();
        }
        assertThat(spool.health().reason()).isNotBlank();
        assertThat(givenUp(spool)).contains("shutdownTimeout");
      } finally {
        mount.release();
      }
      try (Spool again = openOnceItIsClosed(directory)) {
        Map<SpoolId, byte[]> found = Check.enumerate(again).items();
        unknown.forEach(
            (id, data) -> {
              byte[] there = found.remove(id);
              if (there != null) {
                Check.same(there, data);
              }
            });
        Check.sameMessages(found, stored);
      }
    }
  }

  /**
   * The disk stalls under load, for longer than any deadline, and answers again: every call ends
   * meanwhile, with few threads and little memory, but for scans and maintenance, which end when
   * the disk answers; the spool says that it is ill, and recovers by itself; at last it is shut
   * down while the disk stalls, and says what it leaves. With {@code -Pstress} for 30 seconds each
   * time.
   */
  @Test
  default void diskThatStallsUnderLoadHoldsNobodyUp(@TempDir Path dir) throws IOException {
    Duration stall = Duration.ofMillis(Stress.count(100, 30_000));
    try (FaultyMount mount = FaultyMount.in(dir)) {
      Path directory = mount.directory().resolve("spool");
      StallLoad load = new StallLoad(Stress.seed());
      Spool spool =
          open(
              directory,
              "storeDeadline",
              "200ms",
              "loadDeadline",
              "200ms",
              "errorLatchDuration",
              "100ms",
              "errorUnlatchDuration",
              "0",
              "maxInFlightBytes",
              "1MiB",
              "maxWaiting",
              "200",
              "shutdownTimeout",
              "500ms");
      load.begin(spool, 200).join();
      int threads = Thread.activeCount();
      for (int stalls = 0; stalls < Stress.count(1, 2); stalls++) {
        mount.hold();
        List<CompletableFuture<Void>> lasting = load.beginLong(spool);
        try {
          long begin = System.nanoTime();
          do {
            load.begin(spool, 500).join(); // or the test hangs, as the disk is held until then
            assertThat(System.nanoTime() - begin)
                .as("it does not say that it is ill")
                .isLessThan(stall.toNanos() + TimeUnit.SECONDS.toNanos(Check.LIMIT_SECONDS));
          } while (System.nanoTime() - begin < stall.toNanos() || spool.unhealthyReason() == null);
          mount.awaitHeld();
          assertThat(Thread.activeCount())
              .as("threads")
              .isLessThan(threads + 50 + 2 * MOST_THREADS_OF_A_SCAN);
          assertThat(load.kept()).as("messages that are kept of thousands").isLessThan(300);
        } finally {
          mount.release();
        }
        lasting.forEach(Check::get);
        while (spool.unhealthyReason() != null) {
          load.begin(spool, 1).join();
        }
      }
      load.begin(spool, 20).join();
      mount.hold();
      CompletableFuture<Void> last = load.begin(spool, 100);
      List<CompletableFuture<Void>> lasting = load.beginLong(spool);
      mount.awaitHeld();
      try {
        String left = givenUp(spool);
        assertThat(left).contains("shutdownTimeout");
        if (!lasting.get(0).isDone()) {
          assertThat(left).containsPattern("[1-9]\\d* scans?\\b");
        }
        last.join();
      } finally {
        mount.release();
      }
      lasting.forEach(Check::get);
      try (Spool again = openOnceItIsClosed(directory)) {
        load.judge(again);
      }
    }
  }

  /** Shuts down, which has to end long before the disk answers; returns what it says. */
  private static String givenUp(Spool spool) {
    long begin = System.nanoTime();
    String said = Check.failure(spool.shutdown()).detail();
    assertThat(System.nanoTime() - begin)
        .as("a shutdown with a shutdownTimeout of 500 ms: %s", said)
        .isLessThan(SHUTDOWN_NANOS);
    return said;
  }

  /** Stores what cannot be stored now; completes normally when that has failed. */
  private static CompletableFuture<Void> tried(
      Spool spool, @Nullable Deadline deadline, Map<SpoolId, byte[]> unknown) {
    SpoolId id = SpoolId.random();
    byte[] data = Messages.of(id.hashCode(), 100);
    return spool
        .store(id, data, Durability.SYNC, deadline)
        .handle(
            (nothing, failure) -> {
              assertThat(failure).as("of a store on a disk that does not answer").isNotNull();
              if (SpoolException.unwrap(failure).outcome() == SpoolException.Outcome.UNKNOWN) {
                unknown.put(id, data);
              }
              return null;
            });
  }

  /** A shutdown that was not waited for any more goes on. */
  private Spool openOnceItIsClosed(Path directory) {
    while (true) {
      try {
        return open(directory);
      } catch (SpoolLockedException e) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** Returns at how many calls each kind of fault is tried. */
  default int faults() {
    return Stress.rounds(Stress.isAgain() ? 4 : 8, 5000);
  }

  /**
   * Returns how many have to be met of those that are tried; 0 where a piece may have shown
   * nothing.
   */
  default int faultsToMeet(int faults) {
    return Math.min(faults, 40) / 4 + 1;
  }

  /**
   * Is told of what was tried, and not met once, so that it has shown nothing: a failure, unless
   * somebody reports it in another way.
   */
  default void notMet(String what) {
    throw new AssertionError("not met once: " + what);
  }

  /** Of those kinds that take long, or are tried beneath a {@code Disk} too. */
  private int few() {
    return Stress.isLong() ? faults() : Math.min(3, faults());
  }

  /** Of writes, forces and changes a life has few; no two lives have the same ones. */
  private static int passes(FaultSweep.Kind kind) {
    return switch (kind) {
      case ONCE, FROM_THEN_ON, SLOW -> 1;
      default -> Stress.count(1, 10);
    };
  }

  private FaultStage stage(FaultyMount mount) {
    return new MountedStage(mount, (dir, settings) -> fixture().open(dir, settings, null));
  }

  private void sweep(FaultSweep.Kind kind, Path dir) throws IOException {
    sweep(kind, faults(), dir);
  }

  private void sweep(FaultSweep.Kind kind, int faults, Path dir) throws IOException {
    sweep(kind, FaultSweep.Beginning.FILLED, faults, dir);
  }

  private void sweep(FaultSweep.Kind kind, FaultSweep.Beginning beginning, int faults, Path dir)
      throws IOException {
    try (FaultyMount mount = FaultyMount.in(dir)) {
      FaultSweep sweep = new FaultSweep(stage(mount), kind, beginning);
      for (int pass = 0; pass < passes(kind); pass++) {
        sweep.sample(faults, Stress.seed() + pass);
      }
      System.out.println(kind + ", " + beginning + ", mounted: " + sweep);
      assertThat(sweep.runs())
          .as("faults that were met")
          .isGreaterThanOrEqualTo(faultsToMeet(faults));
      if (sweep.runs() == 0) {
        notMet(kind.toString());
      }
      assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
    }
  }
}
