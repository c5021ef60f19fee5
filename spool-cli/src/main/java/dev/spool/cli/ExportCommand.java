package dev.spool.cli;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes every message to files, an mbox or a Maildir. */
@Command(
    name = "export",
    header = "Writes every message to files, an mbox or a Maildir.",
    description = {
      "Writes each message, byte for byte, and all are on stable storage at the end. What is there"
          + " and differs is left alone and reported. Works beside a server that has the spool open.",
      "--to files, the default: TARGET/ID.eml. --to maildir: TARGET/new/SECONDS.ID.spool. In both,"
          + " a file appears whole or not at all, has the time at which the message was created, and"
          + " is the owner's alone; after an interruption, run the same command again: what is there"
          + " is not written twice.",
      "--to mbox: one file, in the variant mboxrd, which appears whole or not at all; '-' is standard"
          + " output. An mbox cannot hold a message that does not end in a line feed: it is named and"
          + " not exported, and the exit status is 1.",
    },
    footer = {
      "",
      "Examples:",
      "  spool export /var/spool/app out/",
      "  spool export --to maildir /var/spool/app ~/Maildir",
      "  spool export --to mbox /var/spool/app - | gzip > app.mbox.gz"
    })
final class ExportCommand extends SpoolCommand {
  private static final String STANDARD_OUTPUT = "-";

  @Parameters(
      index = "1",
      paramLabel = "TARGET",
      description = "A directory, made if it is missing; with --to mbox, a file.")
  private Path path;

  @Option(
      names = "--to",
      paramLabel = "FORMAT",
      defaultValue = "files",
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private ExportFormat format;

  @Option(names = "--force", description = "Replace files that are there and differ.")
  private boolean force;

  private final AtomicLong written = new AtomicLong();
  private final AtomicLong present = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!toStandardOutput() && address().contains(path)) {
      throw new CommandFailure(
          ExitStatus.USAGE, path + " is inside the spool; export to another place", null);
    }
    try (Spool spool = openForReading();
        Progress progress = Progress.start(streams(), "exported");
        EntryChannel channel = EntryChannel.bounded(256, 16L << 20);
        ExportTarget target = target()) {
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      write(channel, target, progress);
      scan.join();
      target.finish();
      checkReader();
    }
    (toStandardOutput() ? err() : out())
        .println(
            Text.messages(written.get())
                + " exported to "
                + (toStandardOutput() ? "standard output" : path)
                + (present.get() > 0 ? ", " + Text.count(present.get()) + " there already" : "")
                + (failed.get() > 0 ? ", " + Text.count(failed.get()) + " not exported" : ""));
    return failed.get() == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private boolean toStandardOutput() {
    return format == ExportFormat.MBOX && path.toString().equals(STANDARD_OUTPUT);
  }

  /** Who reads an mbox takes it for whole; so nothing is done for a reader who has left. */
  private void checkReader() {
    if (toStandardOutput() && !streams().outIsRead()) {
      throw new CommandFailure(
          ExitStatus.STOPPED,
          "nobody reads standard output any more: at most "
              + Text.messages(written.get())
              + " arrived",
          null);
    }
  }

  private ExportTarget target() throws IOException {
    return switch (format) {
      case FILES -> new FilesExport(Disk.system(), path, force);
      case MAILDIR -> new MaildirExport(Disk.system(), path, force);
      case MBOX ->
          toStandardOutput() ? MboxExport.to(out()) : MboxExport.to(Disk.system(), path, force);
    };
  }

  private void write(EntryChannel channel, ExportTarget target, Progress progress)
      throws IOException, InterruptedException {
    ExecutorService writers = Executors.newFixedThreadPool(target.writers());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < target.writers(); i++) {
        Callable<Void> writer =
            () -> {
              try {
                for (SpoolEntry entry : channel) {
                  take(entry, target, progress);
                }
                return null;
              } catch (IOException | CommandFailure e) {
                channel.close(); // the target fails: the other writers and the scan stop too
                throw e;
              }
            };
        running.add(writers.submit(writer));
      }
      finish(running);
    } finally {
      writers.shutdown();
    }
  }

  /**
   * Waits for the writers; what made one fail counts for more than that the others were stopped.
   */
  private static void finish(List<Future<?>> running) throws IOException, InterruptedException {
    RuntimeException stopped = null;
    IOException cause = null;
    for (Future<?> writer : running) {
      try {
        writer.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException io) {
          cause = io;
        } else if (e.getCause() instanceof RuntimeException other) {
          stopped = other;
        } else {
          throw new IllegalStateException(e.getCause());
        }
      }
    }
    if (cause != null) {
      throw cause;
    }
    if (stopped != null) {
      throw stopped;
    }
  }

  private void take(SpoolEntry entry, ExportTarget target, Progress progress) throws IOException {
    checkReader();
    if (entry instanceof SpoolEntry.Item item) {
      ExportResult result = target.write(item);
      switch (result.kind()) {
        case WRITTEN -> written.incrementAndGet();
        case THERE_ALREADY -> present.incrementAndGet();
        case REFUSED -> {
          failed.incrementAndGet();
          err().println("not exported: " + item.id() + ": " + Text.printable(result.why()));
        }
      }
      progress.add(item.data().length);
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      failed.incrementAndGet();
      Damage.print(corrupt, false, err());
    }
  }
}
