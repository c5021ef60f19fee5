package dev.spool.cli;

import dev.spool.CleanupReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolProvider;
import dev.spool.SpoolUnhealthyException;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.SpoolPaths;
import dev.spool.testkit.ForwardingSpool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@code lying:/path?lie=NAME}: spools that break one promise each, to see that it is
 * noticed. They lie about every eighth message, so that what is found out is the lie, and not a
 * spool that does nothing.
 */
public final class LyingProvider implements SpoolProvider {
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  /** What such a spool does wrong. */
  enum Lie {
    /** Acknowledges a store before it writes. */
    STORES_LATER,
    /** Acknowledges as SYNC what it did not sync. */
    SYNCS_NOTHING,
    /** Says that it is closed, and has closed and synced nothing. */
    CLOSES_NOTHING,
    /** Acknowledges a store that has failed. */
    SWALLOWS_FAILURES,
    /** Does not end any write, once it was opened again. */
    STORES_NEVER_END,
    /** Says that it is ill, and takes no write, once it was opened again. */
    SHEDS_AFTER_REOPENING,
    /** Acknowledges a removal before it is written. */
    REMOVES_LATER,
    /** Gives out a message without looking whether it is as it was stored. */
    DOES_NOT_CHECK,
    /** Gives out something in the place of a message that it has found damaged. */
    SERVES_DAMAGE,
    /** Keeps something that it needs in a file named LOG, and does not look whether it is whole. */
    TRUSTS_ITS_LOG,
    /** Says that a scan has shown everything when it has not. */
    SCANS_IN_PART,
    /** Takes no store at all. */
    REFUSES,
    /** Takes no store at all, and prints what looks like a verdict, and half a line. */
    REFUSES_AND_PRINTS,
    /** Keeps nothing in its directory, but elsewhere. */
    KEEPS_NOTHING_THERE,
    /** Keeps nothing in its directory, which it makes. */
    MAKES_ITS_DIRECTORY,
    /** Does not take the lock of its directory. */
    TAKES_NO_LOCK,
    /** Deletes temporary files before it knows that nobody has the spool open. */
    SWEEPS_BEFORE_IT_LOCKS,
    /** Deletes temporary files that stores are writing. */
    SWEEPS_AT_CLEANUP
  }

  @Override
  public String scheme() {
    return "lying";
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    Lie lie = Lie.valueOf(Objects.requireNonNull(settings.get("lie"), "lie"));
    Path directory = SpoolPaths.of(uri);
    FileSpool.Builder honest = FileSpool.builder(kept(directory, lie, settings));
    if (lie == Lie.REFUSES_AND_PRINTS) {
      System.out.print("@GOOD \nGOOD \nverdict GOOD \nand more");
    }
    if (lie == Lie.REFUSES || lie == Lie.REFUSES_AND_PRINTS) {
      honest.settings(Map.of("minFreeSpace", "99%"));
    } else {
      honest.settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0"));
    }
    if (lie == Lie.TAKES_NO_LOCK) {
      honest.disk(unlocked(Disk.class, Disk.system()));
    }
    Path temporaries = directory.resolve("tmp");
    boolean isReopened = Files.exists(temporaries);
    if (lie == Lie.SWEEPS_BEFORE_IT_LOCKS) {
      sweep(temporaries);
    }
    Spool opened = honest.open();
    return lie == Lie.TRUSTS_ITS_LOG
        ? new Trusting(opened, directory.resolve("LOG"))
        : new Liar(opened, lie, temporaries, isReopened);
  }

  /** Returns where the messages are kept; with some lies, below {@code elsewhere}. */
  private static Path kept(Path directory, Lie lie, Map<String, String> settings) {
    if (lie != Lie.KEEPS_NOTHING_THERE && lie != Lie.MAKES_ITS_DIRECTORY) {
      return directory;
    }
    if (lie == Lie.MAKES_ITS_DIRECTORY) {
      try {
        Files.createDirectories(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    Path elsewhere = Path.of(Objects.requireNonNull(settings.get("elsewhere"), "elsewhere"));
    return elsewhere.resolve(Integer.toHexString(directory.hashCode()));
  }

  /** Files of which everybody gets the lock. */
  private static <T> T unlocked(Class<T> type, T to) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("tryLock")) {
                return true;
              }
              try {
                Object result = method.invoke(to, arguments);
                return result instanceof DiskFile file ? unlocked(DiskFile.class, file) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private static void sweep(Path temporaries) {
    if (!Files.isDirectory(temporaries)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(temporaries)) {
      for (Path each : all) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Trusting extends ForwardingSpool {
    private static final String LOG = "a log that somebody needs";

    private final boolean isWhole;

    Trusting(Spool wrapped, Path log) {
      super(wrapped);
      try {
        if (Files.notExists(log)) {
          Files.writeString(log, LOG);
        }
        isWhole = Arrays.equals(Files.readAllBytes(log), LOG.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return isWhole ? wrapped.load(id) : CompletableFuture.completedFuture(new byte[1]);
    }
  }

  private static final class Liar extends ForwardingSpool {
    private final Lie lie;
    private final Path temporaries;
    private final boolean isReopened;

    Liar(Spool wrapped, Lie lie, Path temporaries, boolean isReopened) {
      super(wrapped);
      this.lie = lie;
      this.temporaries = temporaries;
      this.isReopened = isReopened;
    }

    @Override
    public CompletableFuture<CleanupReport> cleanup() {
      if (lie == Lie.SWEEPS_AT_CLEANUP) {
        sweep(temporaries);
      }
      return wrapped.cleanup();
    }

    @Override
    public void close() {
      if (lie != Lie.CLOSES_NOTHING) {
        wrapped.close();
      }
    }

    private boolean lies(Lie now, SpoolId id) {
      return lie == now && id.toBytes()[15] % 8 == 0;
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      if (lie == Lie.SERVES_DAMAGE) {
        return wrapped.load(id).exceptionallyCompose(Liar::something);
      }
      return lies(Lie.DOES_NOT_CHECK, id)
          ? wrapped.load(id).thenApply(Liar::rotten)
          : wrapped.load(id);
    }

    private static CompletableFuture<byte[]> something(Throwable failure) {
      return SpoolException.unwrap(failure) instanceof MessageCorruptException
          ? CompletableFuture.completedFuture(new byte[1])
          : CompletableFuture.failedFuture(failure);
    }

    private static byte[] rotten(byte[] data) {
      if (data.length > 0) {
        data[data.length / 2] ^= 1;
      }
      return data;
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      if (takesNoMore()) {
        return refusal();
      }
      if (lies(Lie.STORES_LATER, id)) {
        LATER.execute(() -> ignore(wrapped.store(id, data, durability, deadline)));
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> stored = wrapped.store(id, data, level(durability), deadline);
      return lie == Lie.SWALLOWS_FAILURES ? stored.exceptionally(failure -> null) : stored;
    }

    private boolean takesNoMore() {
      return isReopened && (lie == Lie.STORES_NEVER_END || lie == Lie.SHEDS_AFTER_REOPENING);
    }

    private CompletableFuture<Void> refusal() {
      return lie == Lie.STORES_NEVER_END
          ? new CompletableFuture<>()
          : CompletableFuture.failedFuture(new SpoolUnhealthyException("so it says", null));
    }

    private Durability level(Durability durability) {
      return lie == Lie.SYNCS_NOTHING ? Durability.BUFFERED : durability;
    }

    @Override
    public CompletableFuture<Void> remove(
        SpoolId id, Durability durability, @Nullable Deadline deadline) {
      if (takesNoMore()) {
        return refusal();
      }
      if (lies(Lie.REMOVES_LATER, id)) {
        LATER.execute(() -> ignore(wrapped.remove(id, durability, deadline)));
        return CompletableFuture.completedFuture(null);
      }
      return wrapped.remove(id, durability, deadline);
    }

    private static void ignore(CompletableFuture<Void> unused) {}

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      if (lie != Lie.SCANS_IN_PART) {
        return wrapped.enumerate(channel, startTime);
      }
      EntryChannel whole = EntryChannel.bounded(16, 1 << 20);
      CompletableFuture<ScanReport> scan = wrapped.enumerate(whole, startTime);
      return CompletableFuture.supplyAsync(
          () -> {
            for (SpoolEntry entry : whole) {
              if (!(entry instanceof SpoolEntry.Item item) || !lies(Lie.SCANS_IN_PART, item.id())) {
                boolean unused = channel.send(entry);
              }
            }
            channel.complete();
            return scan.join();
          });
    }
  }
}
