package dev.spool.bench.engine;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.IoFailures;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.ScanCall;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The {@link FilesEngine} behind the front that our own backends have: admission, deadlines,
 * futures, threads. Beside {@code spool-file} it shows what that does with files, and nothing else.
 */
final class FilesSpool extends LocalSpool {
  /** As many as the table has stores in flight, but for its widest row. */
  private static final int WRITERS = 64;

  private FilesSpool(Builder settings, FilesEngine files) {
    super("files", settings, context -> new Front(files));
  }

  static SpoolEngine open(Place place) throws IOException {
    FilesEngine files = FilesEngine.open(place);
    return new SpoolEngine(new FilesSpool(new Builder(), files));
  }

  private static final class Builder extends LocalSpoolBuilder<Builder> {
    Builder() {
      super("files");
    }

    @Override
    protected Builder self() {
      return this;
    }
  }

  /** Blocks a thread for each write that is under way. */
  private static final class Front implements Engine {
    private final FilesEngine files;
    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);

    Front(FilesEngine files) {
      this.files = files;
    }

    @Override
    public void write(WriteCall call) {
      writers.execute(
          () -> {
            if (call.join()) {
              carryOut(call);
            }
          });
    }

    private void carryOut(WriteCall call) {
      byte[] data = call.data();
      try {
        if (data == null) {
          files.remove(call.id()).join();
        } else {
          files.store(call.id(), data, call.durability()).join();
        }
        call.succeed();
      } catch (CompletionException e) {
        call.fail(IoFailures.typed("writing", Outcome.UNKNOWN, new IOException(e)));
      }
    }

    @Override
    public byte[] load(SpoolId id) throws IOException {
      try {
        return files.load(id).join();
      } catch (CompletionException e) {
        throw new IOException(e.getCause());
      }
    }

    @Override
    public void scan(ScanCall scan) throws IOException {
      try {
        files.scan(scan::item);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }

    @Override
    public CleanupReport cleanup() {
      return new CleanupReport(0, 0, Duration.ZERO);
    }

    @Override
    public CompactionReport compact() {
      return CompactionReport.NONE;
    }

    @Override
    public long adviseLowMemory() {
      return 0;
    }

    @Override
    public void quarantine(SpoolId id, Path directory) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void probe() {}

    @Override
    public @Nullable DiskSpace space() {
      return null;
    }

    @Override
    public List<Figure> figures() {
      return List.of();
    }

    @Override
    public void stop(Deadline deadline) throws IOException {
      writers.shutdown();
      try {
        if (!writers.awaitTermination(1, TimeUnit.MINUTES)) {
          throw new IOException("writes are under way still");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }
}
