package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.torture.Torture;
import dev.spool.torture.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut under a spool on a real file system, again and again: what was acknowledged as
 * SYNC is there, byte for byte, and what was removed so stays removed. Takes root and loop devices;
 * skipped elsewhere, saying so. The provider of the fixture's addresses has to be on the class
 * path.
 */
public interface PowerCutContract extends BackendContract {

  /** Returns how often the power is cut. */
  default int powerCuts() {
    return Stress.rounds(Stress.isAgain() ? 1 : 2, 300);
  }

  /** On ext4, as mounted without options. */
  @Test
  default void powerCutsOnExt4(@TempDir Path dir) throws IOException, InterruptedException {
    cut("ext4", 400, Stress.seed(), dir);
  }

  /** On XFS, as mounted without options. */
  @Test
  default void powerCutsOnXfs(@TempDir Path dir) throws IOException, InterruptedException {
    cut("xfs", 500, Stress.seed() + 1, dir);
  }

  /** On btrfs, as mounted without options. */
  @Test
  default void powerCutsOnBtrfs(@TempDir Path dir) throws IOException, InterruptedException {
    cut("btrfs", 1000, Stress.seed() + 2, dir);
  }

  private void cut(String type, int mebibytes, long seed, Path dir)
      throws IOException, InterruptedException {
    Path log = dir.resolve("children.log");
    try (LoopPowerCut disk = LoopPowerCut.make(type, mebibytes)) {
      Torture.Plan plan =
          new Torture.Plan(
              fixture().uri(disk.directory().resolve("spool")),
              log,
              seed,
              powerCuts(),
              Duration.ofHours(3),
              Duration.ofMillis(Stress.count(300, 600)),
              100_000);
      Verdict verdict = new Torture(plan, disk, System.out::println).run();
      System.out.println(type + ", seed " + seed + ": " + verdict);

      assertThat(verdict.shown())
          .as("%s, seed %s: %s", type, plan.seed(), verdict)
          .withFailMessage(
              () ->
                  String.join("\n", verdict.shown()) + (Files.exists(log) ? "\n" + said(log) : ""))
          .isEmpty();
      assertThat(verdict.isGood()).as(verdict.toString()).isTrue();
      assertThat(verdict.kills()).isEqualTo(powerCuts());
    }
  }

  private static String said(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
