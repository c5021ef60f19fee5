package dev.spool.cli;

import dev.spool.torture.Death;
import dev.spool.torture.Torture;
import dev.spool.torture.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kills processes that use a new spool, and says whether anything acknowledged was lost. */
@Command(
    name = "torture",
    header = "Kills processes that use a new spool, and judges what they leave.",
    description = {
      "Starts processes that store, replace, load, remove and scan in a spool of this backend, on"
          + " this disk, all at once and at both durabilities; kills each (SIGKILL) under load, right"
          + " after an acknowledgement, after a single write, while opening or while closing; and"
          + " compares every message with what was acknowledged, byte for byte, after each kill.",
      "",
      "SPOOL names a directory that is not there yet, or an empty one; any other is refused,"
          + " untouched. It is emptied after a good verdict, and left as it is after a bad one. Needs"
          + " some 500 MiB of room.",
      "",
      "The exit status is 0 if every promise was kept, and 1 if one was broken. A kill is not a power"
          + " cut: what the operating system was handed, it still has.",
      "",
      "Example: spool torture rocksdb:/mnt/disk/torture --rounds 500 --seconds 3600",
      "Example: spool torture rocksdb:/mnt/disk/torture --mail 200 --life 30 --rounds 500"
    })
final class TortureCommand extends SpoolCommand {
  private static final int LONGEST_MESSAGE = 1 << 20;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "50",
      description = "How many processes to kill. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3600",
      description = "Begin no further round after that time. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Repeat the messages and choices of another run, though not its very moments. Default: a"
              + " random one.")
  private @Nullable Long seed;

  @Option(
      names = "--mail",
      paramLabel = "RATE",
      defaultValue = "0",
      description =
          "Instead of all calls at once, do as a mail server does: so many messages of 2 KiB to 25"
              + " MiB are stored each second, and most are loaded and removed within two seconds."
              + " Needs some 2 GiB of room.")
  private int rate;

  @Option(
      names = "--life",
      paramLabel = "S",
      defaultValue = "1",
      description = "Let a process work for so many seconds at most. Default: ${DEFAULT-VALUE}.")
  private int life;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || seconds < 1 || life < 1 || rate < 0) {
      throw new CommandFailure(
          ExitStatus.USAGE,
          "--rounds, --seconds and --life are at least 1, --mail at least 0",
          null);
    }
    Path directory = spoolDirectory();
    if (address().isMemory() || directory == null) {
      throw new CommandFailure(
          ExitStatus.USAGE, "torture needs a spool that has a directory of its own", null);
    }
    boolean existed = requireNothingIn(directory);
    address().openForWriting().close(); // if it cannot be opened at all, that is said here
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    out().println("seed " + chosen + "; in " + directory);
    Path log = Files.createTempFile("spool-torture-", ".log");
    Torture.Plan plan =
        new Torture.Plan(
            address().uri(),
            log,
            chosen,
            rounds,
            Duration.ofSeconds(seconds),
            Duration.ofSeconds(life),
            LONGEST_MESSAGE,
            rate);
    Verdict verdict = new Torture(plan, Death.KILL, err()::println).run();
    int status = say(verdict, chosen);
    if (status == ExitStatus.OK) {
      empty(directory, existed);
      Files.delete(log);
    } else {
      out().println("  the spool is left in " + directory + ", what its processes said in " + log);
    }
    return status;
  }

  /** Returns whether the directory was there, and empty. */
  private static boolean requireNothingIn(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      if (entries.findAny().isEmpty()) {
        return true;
      }
    } catch (NoSuchFileException e) {
      return false;
    } catch (NotDirectoryException e) {
      throw new CommandFailure(ExitStatus.USAGE, directory + " is not a directory", e);
    }
    throw new CommandFailure(
        ExitStatus.USAGE,
        directory + " is not empty: torture needs a new directory, and touches nothing else",
        null);
  }

  private int say(Verdict verdict, long chosen) {
    verdict.refusals().forEach((why, count) -> out().println("  refused, " + why + ": " + count));
    out()
        .println(
            Text.count(verdict.kills())
                + " kills; "
                + Text.count(verdict.acknowledged())
                + " writes acknowledged; "
                + Text.count(verdict.checked())
                + " comparisons; slowest opening "
                + verdict.slowestOpeningMillis()
                + " ms");
    if (verdict.violations() > 0) {
      out().println("BAD: " + verdict.violations() + " promises were broken; seed " + chosen);
      verdict.shown().forEach(line -> out().println("  " + Text.printable(line)));
      return ExitStatus.SOME_FAILED;
    }
    if (!verdict.isGood()) {
      out().println("NO VERDICT: no write was acknowledged, so that no promise could be broken");
      return ExitStatus.STOPPED;
    }
    if (verdict.refusals().keySet().stream().anyMatch(TortureCommand::isRefusal)) {
      out().println("NO VERDICT: the spool has refused stores; give it more room, or a whole disk");
      return ExitStatus.STOPPED;
    }
    out().println("GOOD: every promise was kept");
    return ExitStatus.OK;
  }

  private static boolean isRefusal(String exception) {
    return exception.equals("SpoolFullException") || exception.equals("SpoolUnhealthyException");
  }

  /** Deletes what the children have made; links inside are deleted, and not followed. */
  private static void empty(Path directory, boolean keepDirectory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      if (!keepDirectory || !path.equals(directory)) {
        Files.delete(path);
      }
    }
  }
}
