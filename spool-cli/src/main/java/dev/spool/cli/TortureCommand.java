package dev.spool.cli;

import dev.spool.cli.TortureResult.Verdict;
import dev.spool.torture.Death;
import dev.spool.torture.MailRate;
import dev.spool.torture.Torture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tries faults on new spools of a backend, and says whether it keeps its promises. */
@Command(
    name = "torture",
    header = "Tries faults on new spools of a backend, and judges what they leave.",
    description = {
      "Tries kinds of faults, one after the other, on spools of this backend, on this disk:",
      "  kill    Processes store, replace, load, remove and scan, all at once and at both"
          + " durabilities, and are killed (SIGKILL): under load, right after an acknowledgement,"
          + " after a single write, while opening or while closing.",
      "  open    Two processes open at once, and one of them goes on trying.",
      "  damage  Files of a small, closed spool are damaged, each time in a copy of it.",
      "  mount   In a file system in memory, mounted here, calls fail, are slow or are cut short,"
          + " forces drop what they were to force, the disk stalls, processes are killed, and the"
          + " power fails. Takes Linux, root and /dev/fuse.",
      "  shortage  A process has no file descriptors left, then one no heap.",
      "All is compared with what was acknowledged, byte for byte.",
      "",
      "SPOOL names a directory that is not there yet, or an empty one; any other is refused,"
          + " untouched. It is emptied after a good verdict, and left as it is after a bad one. Needs"
          + " some 500 MiB of room.",
      "",
      "The exit status is 0 if every promise was kept, 1 if one was broken, and 4 if there is no"
          + " verdict, or none on faults that --faults names. Faults that cannot be made here are"
          + " named. A kill is not a power cut: what the operating system was handed, it still has.",
      "",
      "Example: spool torture rocksdb:/mnt/disk/torture --rounds 500 --seconds 3600",
      "Example: spool torture rocksdb:/mnt/disk/torture --faults kill --mail 70%% --life 30"
    })
final class TortureCommand extends SpoolCommand {
  private static final int LONGEST_MESSAGE = 1 << 20;

  @Option(
      names = "--faults",
      paramLabel = "KIND",
      split = ",",
      description =
          "The kinds of faults: ${COMPLETION-CANDIDATES}. Default: all that can be made here.")
  private @Nullable List<TortureFault> faults;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "How many faults to try of each kind; of damage and mount, of each of their own kinds."
              + " Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3600",
      description =
          "Begin nothing more after that time; the kinds of faults share it. Default:"
              + " ${DEFAULT-VALUE}.")
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
          "For kill: instead of all calls at once, do as a mail server does: so many messages of 2"
              + " KiB to 25 MiB are stored each second, and most are loaded and removed within two"
              + " seconds. Or a share, such as 70%%: the first process works for --life seconds, as"
              + " fast as it can, and those after it store at that share of what it came to. Needs"
              + " some 2 GiB of room, and for a share what the disk writes in some seconds.")
  private MailRate mail = MailRate.NONE;

  @Option(
      names = "--life",
      paramLabel = "S",
      defaultValue = "1",
      description =
          "For kill: let a process work for so many seconds at most. Default: ${DEFAULT-VALUE}.")
  private int life;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || seconds < 1 || life < 1) {
      throw new CommandFailure(
          ExitStatus.USAGE, "--rounds, --seconds and --life are at least 1", null);
    }
    Path directory = spoolDirectory();
    if (address().isMemory() || directory == null) {
      throw new CommandFailure(
          ExitStatus.USAGE, "torture needs a spool that has a directory of its own", null);
    }
    boolean existed = requireNothingIn(directory);
    address().openForWriting().close(); // if it cannot be opened at all, that is said here
    empty(directory);
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    out().println("seed " + chosen + "; in " + directory);
    Path log = Files.createTempFile("spool-torture-", ".log");
    int status = tryAll(directory, log, chosen);
    if (status == ExitStatus.OK) {
      Files.delete(log);
      if (!existed) {
        Files.deleteIfExists(directory);
      }
    } else {
      out().println("  what is left is in " + directory + ", what its processes said in " + log);
    }
    return status;
  }

  /** Tries all kinds, until one has found something; returns the exit status. */
  private int tryAll(Path directory, Path log, long chosen)
      throws IOException, InterruptedException {
    Set<TortureFault> kinds =
        faults == null ? EnumSet.allOf(TortureFault.class) : EnumSet.copyOf(faults);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    List<String> kept = new ArrayList<>();
    List<String> notRun = new ArrayList<>();
    int left = kinds.size();
    for (TortureFault kind : kinds) {
      Duration share = Duration.ofNanos(Math.max(0, end - System.nanoTime()) / left--);
      TortureResult result =
          kind == TortureFault.KILL
              ? kill(log, chosen, share)
              : new ScenarioRun(kind, address(), directory, log, err()).run(chosen, rounds, share);
      switch (result.verdict()) {
        case BAD -> {
          out().println("BAD, " + kind + ": " + result.text());
          return ExitStatus.SOME_FAILED;
        }
        case NONE -> {
          out().println("NO VERDICT, " + kind + ": " + result.text());
          return ExitStatus.STOPPED;
        }
        case NOT_RUN -> notRun.add(kind + " (" + result.text() + ")");
        case GOOD -> {
          out().println(kind + ": " + result.text());
          kept.add(kind.toString());
        }
      }
      empty(directory);
    }
    String missing = notRun.isEmpty() ? "" : "; not run: " + String.join(", ", notRun);
    if (kept.isEmpty() || (faults != null && !notRun.isEmpty())) {
      out().println("NO VERDICT on all that was asked for" + missing);
      return ExitStatus.STOPPED;
    }
    out().println("GOOD: every promise was kept, by " + String.join(", ", kept) + missing);
    return ExitStatus.OK;
  }

  private TortureResult kill(Path log, long chosen, Duration atMost)
      throws IOException, InterruptedException {
    Torture.Plan plan =
        new Torture.Plan(
            address().uri(),
            log,
            chosen,
            rounds,
            atMost,
            Duration.ofSeconds(life),
            LONGEST_MESSAGE,
            mail);
    return result(new Torture(plan, Death.KILL, err()::println).run(), chosen);
  }

  private TortureResult result(dev.spool.torture.Verdict verdict, long chosen) {
    verdict.refusals().forEach((why, count) -> out().println("  refused, " + why + ": " + count));
    String done =
        Text.count(verdict.kills())
            + " kills: "
            + verdict.whenKilled()
            + "; "
            + Text.count(verdict.acknowledged())
            + " writes acknowledged; "
            + Text.count(verdict.checked())
            + " comparisons; slowest opening "
            + verdict.slowestOpeningMillis()
            + " ms"
            + (verdict.held() == null ? "" : "; " + verdict.held());
    if (verdict.violations() > 0) {
      StringBuilder found = new StringBuilder();
      found.append(verdict.violations()).append(" promises were broken; seed ").append(chosen);
      verdict.shown().forEach(line -> found.append("\n  ").append(Text.printable(line)));
      return new TortureResult(Verdict.BAD, found + "\n  " + done);
    }
    return verdict.isGood()
        ? new TortureResult(Verdict.GOOD, done)
        : new TortureResult(Verdict.NONE, missing(verdict));
  }

  /** Returns why nothing is shown, though no promise was broken. */
  private static String missing(dev.spool.torture.Verdict verdict) {
    if (verdict.kills() == 0) {
      return "no process was killed within that time; give it more --seconds";
    }
    if (verdict.acknowledged() == 0) {
      return "no write was acknowledged, so that no promise could be broken";
    }
    return "the spool has refused stores; give it more room, or a whole disk";
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

  /** Deletes what the processes have made; links inside are deleted, and not followed. */
  private static void empty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return; // there are backends that make none
    }
    Path real = directory.toRealPath(); // it may be a link itself
    List<Path> all;
    try (Stream<Path> walk = Files.walk(real)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      if (!path.equals(real)) {
        Files.delete(path);
      }
    }
  }
}
