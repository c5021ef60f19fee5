package dev.spool.bench.engine;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.support.DiskSpace;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A peer behind the front that our own backends have: admission, deadlines, futures, threads.
 * Beside our backend of the same kind it shows what that does with the disk, and nothing else.
 */
final class FrontedSpool extends LocalSpool {

  private FrontedSpool(String name, Builder settings, Front<?> front) {
    super(name, settings, context -> front);
  }

  /** Puts a store behind the front. */
  static SpoolEngine of(String name, Front<?> front) {
    return new SpoolEngine(new FrontedSpool(name, new Builder(name), front), front.store::index);
  }

  private static final class Builder extends LocalSpoolBuilder<Builder> {
    Builder(String name) {
      super(name);
    }

    @Override
    protected Builder self() {
      return this;
    }
  }

  /**
   * What the front asks of a store that reads in place.
   *
   * @param <S> the store
   */
  abstract static class Front<S extends Engine.Loads & Engine.Scans>
      implements dev.spool.support.Engine {
    private final S store;

    Front(S store) {
      this.store = store;
    }

    final S store() {
      return store;
    }

    @Override
    public final byte[] load(SpoolId id) throws IOException {
      try {
        return store.load(id).join();
      } catch (CompletionException e) {
        throw new IOException(e.getCause());
      }
    }

    @Override
    public final void scan(ScanCall scan) throws IOException {
      try {
        store.scan(scan::item);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
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
  }
}
