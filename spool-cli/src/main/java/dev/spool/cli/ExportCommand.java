package dev.spool.cli;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import java.io.IOException;
import java.nio.file.Files;
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

/** Writes every message to a file of its own. */
@Command(
    name = "export",
    header = "Writes every message to a file of its own.",
    description =
        "Writes each message to DIR/ID.eml, byte for byte; a file appears whole or not at all, and all"
            + " are on stable storage at the end. A file that is there and differs is left alone"
            + " and reported. Works beside a server that has the spool open.")
final class ExportCommand extends SpoolCommand {
  /** Each waits for the disk to force its file; several share what the disk can do at once. */
  private static final int WRITERS = 8;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where to; made if it is missing.")
  private Path directory;

  @Option(names = "--force", description = "Replace files that are there and differ.")
  private boolean force;

  private final AtomicLong written = new AtomicLong();
  private final AtomicLong present = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path inside = spoolDirectory();
    if (inside != null && directory.toAbsolutePath().normalize().startsWith(inside)) {
      throw new CommandFailure(
          ExitStatus.USAGE, directory + " is inside the spool; export to another place", null);
    }
    try (Spool spool = openForReading();
        Progress progress = Progress.start(streams(), "exported");
        EntryChannel channel = EntryChannel.bounded(256, 16L << 20)) {
      Files.createDirectories(directory);
      ExportDirectory target = new ExportDirectory(directory, force);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      write(channel, target, progress);
      scan.join();
      target.force();
    }
    out()
        .println(
            Text.messages(written.get())
                + " exported to "
                + directory
                + (present.get() > 0 ? ", " + Text.count(present.get()) + " there already" : "")
                + (failed.get() > 0 ? ", " + Text.count(failed.get()) + " not exported" : ""));
    return failed.get() == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private void write(EntryChannel channel, ExportDirectory target, Progress progress)
      throws IOException, InterruptedException {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Callable<Void> writer =
            () -> {
              try {
                for (SpoolEntry entry : channel) {
                  take(entry, target, progress);
                }
                return null;
              } catch (IOException e) {
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

  private void take(SpoolEntry entry, ExportDirectory target, Progress progress)
      throws IOException {
    if (entry instanceof SpoolEntry.Item item) {
      switch (target.write(item.id() + ".eml", item.data())) {
        case WRITTEN -> written.incrementAndGet();
        case THERE_ALREADY -> present.incrementAndGet();
        case DIFFERS -> {
          failed.incrementAndGet();
          err()
              .println(
                  "not exported: "
                      + item.id()
                      + ": "
                      + directory.resolve(item.id() + ".eml")
                      + " is there and differs; --force replaces it");
        }
      }
      progress.add(item.data().length);
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      failed.incrementAndGet();
      Damage.print(corrupt, false, err());
    }
  }
}
