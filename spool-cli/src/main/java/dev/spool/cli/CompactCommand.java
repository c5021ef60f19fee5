package dev.spool.cli;

import dev.spool.CompactionReport;
import dev.spool.Spool;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Compacts a spool's storage. */
@Command(
    name = "compact",
    header = "Rewrites the storage without what was removed.",
    description = {
      "Flushes and compacts everything now, which gives the room of removed messages back, and reads"
          + " all that is kept: what is found broken is named, and the exit status is 4 (3 if the"
          + " spool cannot be opened for it). Needs up to as much free room as the messages take."
          + " The server that uses the spool must be stopped.",
      "",
      "Example: spool compact rocksdb:/var/spool/app"
    })
final class CompactCommand extends SpoolCommand {
  @Override
  public Integer call() throws IOException {
    CompactionReport report;
    try (Spool spool = address().openExisting()) {
      report = Waiting.on(streams(), "compacting", spool.compact());
    }
    if (report.equals(CompactionReport.NONE)) {
      out().println("nothing to compact: this backend keeps nothing that was removed");
    } else {
      out()
          .println(
              "compacted in "
                  + Text.age(report.elapsed())
                  + ": before "
                  + storage(report.bytesBefore(), report.filesBefore())
                  + ", after "
                  + storage(report.bytesAfter(), report.filesAfter()));
    }
    return ExitStatus.OK;
  }

  private static String storage(long bytes, long files) {
    return Text.bytes(bytes) + " in " + Text.count(files) + (files == 1 ? " file" : " files");
  }
}
