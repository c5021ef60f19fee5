package dev.spool.cli.demo;

import dev.spool.cli.CommandFailure;
import dev.spool.cli.ExitStatus;
import dev.spool.cli.Main;
import dev.spool.cli.Text;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows on this machine that nothing which was acknowledged gets lost. */
@Command(
    name = "demo",
    header = "Shows that nothing acknowledged gets lost: kills, fills and breaks spools.",
    description = {
      "Kills a process that stores mail, fills a spool, and breaks a message, and compares each time"
          + " what is there with what was acknowledged, byte for byte. Takes about a minute.",
      "Works in a new temporary directory, which is removed if everything went as promised, and kept"
          + " otherwise; needs some 500 MiB there. The exit status is 1 if anything was lost or"
          + " altered, or another promise was broken."
    })
public final class DemoCommand implements Callable<Integer> {
  /** A child's start, and the comparison after its death, on a machine of two cores. */
  private static final Duration ROUND = Duration.ofMillis(1800);

  private static final Duration OTHER_STAGES = Duration.ofSeconds(12);

  @ParentCommand private Main main;

  @Option(
      names = "--mail",
      paramLabel = "DIR",
      description = "Mail to store: .eml and .msg files. Default: the samples of the source tree.")
  private @Nullable Path mail;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "60",
      description = "About how long to take. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "6",
      description = "How often to kill for each backend. Default: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(
      names = "--backend",
      paramLabel = "SCHEME",
      split = ",",
      defaultValue = "file,rocksdb",
      description = "The disk backends to show. Default: ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Repeat the choices of mail and moments of another run. Default: a random one.")
  private @Nullable Long seed;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to make the temporary directory. Default: the system's.")
  private @Nullable Path parent;

  /** Made by the command line. */
  public DemoCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (kills < 1 || seconds < 1) {
      throw new CommandFailure(ExitStatus.USAGE, "--kills and --seconds are at least 1", null);
    }
    Path source = mail == null ? Samples.find() : mail;
    if (source == null) {
      throw new CommandFailure(
          ExitStatus.USAGE, "no sample mail is found; name a directory of mail: --mail DIR", null);
    }
    main.expectWarnings();
    PrintStream out = main.streams().out();
    DemoMail read = DemoMail.read(source);
    Path directory =
        parent == null
            ? Files.createTempDirectory("spool-demo-")
            : Files.createTempDirectory(Files.createDirectories(parent), "spool-demo-");
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    Setting setting = new Setting(out, read, source, directory, chosen);
    setting.say(
        "%s of mail from %s (%s); seed %d; in %s (%s)",
        Text.messages(read.size()),
        source,
        Text.bytes(read.bytes()),
        chosen,
        directory,
        Files.getFileStore(directory).type());
    try {
      boolean kept = run(setting);
      if (kept) {
        delete(directory);
        return ExitStatus.OK;
      }
      setting.say("%nA PROMISE WAS BROKEN. The spools are left in %s", directory);
    } catch (DemoFailure e) {
      setting.say(
          "%nA PROMISE WAS BROKEN: %s%nThe spools are left in %s", e.getMessage(), directory);
    }
    return ExitStatus.SOME_FAILED;
  }

  private boolean run(Setting setting) throws IOException, InterruptedException {
    setting.say(
        "%nKill: a child process stores with SYNC from 32 producers at once, and removes; it is killed"
            + " (SIGKILL)%nat a random moment, and the next one goes on with the same spool. After each kill"
            + " every message%nis compared with what was acknowledged, byte for byte.");
    List<KillResult> results = new ArrayList<>();
    for (String scheme : backends) {
      results.add(new KillStage(setting, scheme, kills, longest()).run());
    }
    setting.say("%nFill: a small quota is reached.");
    boolean kept = new FillStage(setting, SmallSpool.memory()).run().kept();
    if (backends.contains("file")) {
      kept &= new FillStage(setting, SmallSpool.file()).run().kept();
    }
    if (backends.contains("file")) {
      setting.say("%nBreak: one bit of one stored message is flipped while the spool is closed.");
      new BreakStage(setting).run();
    }
    table(setting, results);
    return kept && results.stream().allMatch(result -> result.verdict().kept());
  }

  /** The longest that a child may store, so that the whole takes about the time asked for. */
  private Duration longest() {
    Duration each =
        Duration.ofSeconds(seconds)
            .minus(OTHER_STAGES)
            .dividedBy((long) kills * backends.size())
            .minus(ROUND);
    // Moments are even over the time, so on average half of it is used.
    Duration twice = each.multipliedBy(2);
    Duration least = Duration.ofMillis(400);
    return twice.compareTo(least) < 0 ? least : twice;
  }

  private static void table(Setting setting, List<KillResult> results) {
    setting.say(
        "%n%-8s %5s %12s %10s %6s %8s %10s %9s %9s %9s",
        "backend",
        "kills",
        "acknowledged",
        "removed",
        "lost",
        "altered",
        "stores/s",
        "p50",
        "p99",
        "reopen");
    for (KillResult result : results) {
      Ledger.Verdict verdict = result.verdict();
      Histogram micros = result.micros();
      setting.say(
          "%-8s %5d %12s %10s %6d %8d %10s %9s %9s %9s",
          result.scheme(),
          result.kills(),
          Text.count(result.stored()),
          Text.count(result.removed()),
          verdict.lost(),
          verdict.altered() + verdict.returned() + verdict.twice(),
          Text.count(result.storesPerSecond()),
          millis(micros.getValueAtPercentile(50)),
          millis(micros.getValueAtPercentile(99)),
          result.slowestOpening().toMillis() + " ms");
    }
    setting.say(
        "%n'altered' counts damaged, returned and doubled messages too; latencies are of a SYNC store, as"
            + " its producer saw it;%n'reopen' is the slowest opening after a kill. The children, this"
            + " process and its comparing share one machine.%nKills prove what the death of a process"
            + " leaves behind, not what a power cut does: the page cache outlives a process.");
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.2f ms", micros / 1000.0);
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
