package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.cli.ScanLoop.Visitor;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Copies all messages of a spool to another one. */
@Command(
    name = "copy",
    header = "Copies all messages of a spool to another one.",
    description = {
      "Stores every message of FROM in TO, which may be of another backend, may hold messages already,"
          + " and is made if there is none. Messages keep their ids, and so their ages. Each is"
          + " stored so that it survives a power cut; at the end both spools are opened again, and"
          + " every message of FROM is compared with what is read from TO, byte for byte. The exit"
          + " status is 0 only if all of them are there and the same.",
      "An id that TO holds with other bytes is a conflict: it is named, and left alone. So is what is"
          + " damaged; everything else is copied, and the exit status is 1. If TO fills up or"
          + " fails, the copy stops, and the exit status is 4. After that, after Ctrl-C, or after a"
          + " crash, run the same command again: what is there already is compared, and not"
          + " stored again.",
      "FROM is opened read-only and never changed. It may be in use meanwhile: the copy then is that"
          + " of a moment, and what FROM stores later is not in it. To move a spool, stop what uses"
          + " it first; and remove FROM only after a copy that ended with exit status 0.",
      "Nothing is removed from TO. After a first copy of a spool in use, a second one counts what"
          + " FROM has removed since, and TO still holds: '3 more in TO that FROM does not have'. A"
          + " server on TO would deliver them once more; to move without that, copy to a new TO.",
      "",
      "Example: spool copy file:/var/spool/app rocksdb:/var/spool/app2"
    })
final class CopyCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(
      index = "0",
      paramLabel = "FROM",
      description = "The spool to copy: a URI, or the path of one that exists.")
  private SpoolAddress from;

  @Parameters(
      index = "1",
      paramLabel = "TO",
      description = "The spool to copy to: a URI, or the path of one that exists.")
  private SpoolAddress to;

  @Option(names = "--json", description = "The sum as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    checkAddresses();
    Streams streams = main.streams();
    long total;
    CopyReport report;
    try (Spool source = from.openForReading();
        Spool target = to.openForWriting()) {
      total = count(source);
      try (Progress progress = Progress.start(streams, "copied", total)) {
        report = new CopyReport(streams.err(), progress);
        copy(source, target, report);
      }
    }
    SpoolException incomplete = verify(report, total);
    report.print(json, streams.out());
    if (incomplete != null) {
      throw new CommandFailure(
          ExitStatus.STOPPED, "FROM could not be read to its end; the rest was copied", incomplete);
    }
    return report.status();
  }

  private void checkAddresses() {
    if (from.isMemory() || to.isMemory()) {
      throw new CommandFailure(
          ExitStatus.USAGE,
          "a memory spool is another one in every process; there is nothing to copy from, or to",
          null);
    }
    if (from.overlaps(to)) {
      throw new CommandFailure(
          ExitStatus.USAGE, "FROM and TO are the same place, or one lies in the other", null);
    }
  }

  /** Without it the progress tells no end; so what makes it fail is left to the copy to report. */
  private static long count(Spool source) throws IOException {
    long[] count = new long[1];
    Visitor counter =
        entry -> {
          count[0]++;
          return true;
        };
    try {
      boolean unused = ScanLoop.run(source::list, counter);
    } catch (SpoolException e) {
      return Progress.UNKNOWN;
    }
    return count[0];
  }

  private static void copy(Spool source, Spool target, CopyReport report) {
    try {
      // What could not be seen, the second pass does not see either, and reports.
      SpoolException unused = CopyPass.storing(source, target, report).run();
    } catch (SpoolException e) {
      throw new CommandFailure(
          ExitStatus.STOPPED,
          "the copy stopped: "
              + e.getMessage()
              + "; "
              + Text.messages(report.stored())
              + " stored so far, which the same command does not store again",
          e);
    }
  }

  /** Closed and opened again, so that nothing is taken from the memory of who has written it. */
  private @Nullable SpoolException verify(CopyReport report, long total) throws IOException {
    try (Spool source = from.openForReading();
        Spool target = to.openForReading();
        Progress progress = Progress.start(main.streams(), "verified", total)) {
      report.begin(progress);
      SpoolException incomplete = CopyPass.verifying(source, target, report).run();
      // As many as were found the same: then there is no other, and nothing to look for.
      boolean all = count(target) == report.equal();
      report.onlyInTarget(all ? 0 : OnlyInTarget.count(source, target));
      return incomplete;
    } catch (CommandFailure e) {
      throw new CommandFailure(
          ExitStatus.STOPPED,
          "everything was stored, and could not be verified: " + e.getMessage(),
          e.getCause());
    }
  }
}
