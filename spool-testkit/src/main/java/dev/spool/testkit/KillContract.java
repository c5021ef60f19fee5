package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.torture.Death;
import dev.spool.torture.Torture;
import dev.spool.torture.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that use a spool are killed, one after the other over the same one: nothing that was
 * acknowledged is lost, altered, or comes back. For backends that declare {@link Trait#PERSISTENT};
 * the provider of the fixture's addresses has to be on the class path.
 */
public interface KillContract extends BackendContract {

  /** Returns how many processes are killed. */
  default int kills() {
    return Stress.rounds(6, 2000);
  }

  /** Under load, right after an acknowledgement, while opening and while closing. */
  @Test
  default void killedProcessesKeepTheirPromises(@TempDir Path dir)
      throws IOException, InterruptedException {
    assertThat(fixture().traits()).contains(Trait.PERSISTENT);
    Path log = dir.resolve("children.log");
    Torture.Plan plan =
        new Torture.Plan(
            fixture().uri(dir.resolve("spool")),
            log,
            Stress.seed(),
            kills(),
            Duration.ofHours(3),
            Duration.ofMillis(Stress.count(300, 1000)),
            Stress.count(100_000, 1 << 20));
    Verdict verdict = new Torture(plan, Death.KILL, System.out::println).run();
    System.out.println("seed " + plan.seed() + ": " + verdict);

    assertThat(verdict.shown())
        .as("seed %s: %s; %s", plan.seed(), verdict, said(log, verdict))
        .isEmpty();
    assertThat(verdict.isGood()).as(verdict.toString()).isTrue();
    assertThat(verdict.kills()).isEqualTo(kills());
  }

  /**
   * A process is killed while it makes a call that changes what is on the disk, before that is
   * carried out or right after: while it opens, writes, reads, maintains, compacts and closes. In
   * the build at one call of each (the second time of two steps), with {@code -Pstress} at each
   * call that there is in such a life. On a {@link FaultyMount}; skipped where none can be mounted,
   * saying so.
   */
  @Test
  default void processIsKilledAtEachStep(@TempDir Path dir) throws IOException {
    assertThat(fixture().traits()).contains(Trait.PERSISTENT);
    Path log = dir.resolve("children.log");
    try (FaultyMount mount = FaultyMount.in(dir)) {
      FaultSweep sweep = new FaultSweep(new KilledStage(mount, this, log), FaultSweep.Kind.KILL);
      sweep.sampleEachStep(
          Stress.rounds(1, 5000),
          Stress.isAgain() ? 2 : FaultSweep.Step.values().length,
          Stress.seed());
      System.out.println("KILL, seed " + Stress.seed() + ": " + sweep);
      assertThat(sweep.runs()).as("kills, %s", sweep).isPositive();
      assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
    }
  }

  /**
   * A process is killed while it makes a spool, at a call that changes something: it is made the
   * next time, if not this time, and what is beside it is left as it is. A directory of somebody
   * else's is refused, and no call changes anything there. In the build at one call of each step,
   * with {@code -Pstress} at each such call, in several lives. On a {@link FaultyMount}; skipped
   * where none can be mounted, saying so.
   */
  @Test
  default void processIsKilledWhileItMakesASpool(@TempDir Path dir) throws IOException {
    assertThat(fixture().traits()).contains(Trait.PERSISTENT);
    Path log = dir.resolve("children.log");
    try (FaultyMount mount = FaultyMount.in(dir)) {
      for (FaultSweep.Beginning beginning : FaultSweep.Beginning.MADE) {
        FaultSweep sweep = whileMade(mount, log, beginning);
        assertThat(sweep.runs()).as("kills, %s", sweep).isPositive();
      }
      FaultSweep refused = whileMade(mount, log, FaultSweep.Beginning.SOMEBODYS);
      assertThat(refused.runs()).as("calls that change what is somebody else's").isZero();
    }
  }

  private FaultSweep whileMade(FaultyMount mount, Path log, FaultSweep.Beginning beginning) {
    FaultSweep sweep =
        new FaultSweep(new KilledStage(mount, this, log), FaultSweep.Kind.KILL, beginning);
    for (int pass = 0; pass < Stress.count(1, 4); pass++) {
      sweep.sampleEachStep(
          Stress.rounds(1, 5000),
          Stress.isAgain() ? 1 : FaultSweep.Step.values().length,
          Stress.seed() + pass);
    }
    System.out.println("KILL, " + beginning + ", seed " + Stress.seed() + ": " + sweep);
    return sweep;
  }

  private static String said(Path log, Verdict verdict) throws IOException {
    return verdict.isGood() ? "" : Files.readString(log);
  }
}
