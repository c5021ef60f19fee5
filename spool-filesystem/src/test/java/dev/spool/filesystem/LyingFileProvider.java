package dev.spool.filesystem;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolProvider;
import dev.spool.UnsupportedFormatException;
import dev.spool.support.SpoolPaths;
import dev.spool.testkit.ForwardingSpool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@code lying-file:/path?lie=NAME}: spools of files that break a promise, for processes of
 * their own to open.
 */
public final class LyingFileProvider implements SpoolProvider {

  /** What such a spool does wrong. */
  enum Lie {
    /** Gives out what is damaged, as it is: no checksum is looked at. */
    CHECKS_NOTHING,
    /** Shows nothing of anything where one message is damaged, and says so. */
    ONE_SPOILS_ALL,
    /** Tells of damage once, and shows nothing of what is damaged from the next opening on. */
    TELLS_ONCE,
    /** Acknowledges what it keeps in memory, and writes that when it is asked for everything. */
    WRITES_LATER,
    /** Refuses what another process has not made to its end. */
    REFUSES_WHAT_IS_HALF_MADE
  }

  /** For {@link java.util.ServiceLoader}. */
  public LyingFileProvider() {}

  /** Returns the address of a spool that lies. */
  static String uri(Path directory, Lie lie) {
    return "lying-file:" + directory + "?lie=" + lie;
  }

  @Override
  public String scheme() {
    return "lying-file";
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    Path directory = SpoolPaths.of(uri);
    Lie lie = Lie.valueOf(settings.getOrDefault("lie", ""));
    if (lie == Lie.REFUSES_WHAT_IS_HALF_MADE) {
      refuseHalfMade(directory);
    }
    Spool honest = FileSpool.open(directory);
    return switch (lie) {
      case CHECKS_NOTHING -> new ChecksNothing(honest, new FileLayout(directory));
      case ONE_SPOILS_ALL -> new OneSpoilsAll(honest);
      case TELLS_ONCE -> tellsOnce(honest, directory);
      case WRITES_LATER -> new WritesLater(honest);
      case REFUSES_WHAT_IS_HALF_MADE -> honest;
    };
  }

  /** As if it were damaged. */
  private static void refuseHalfMade(Path directory) {
    if (Files.exists(directory.resolve("LOCK")) && !Files.exists(directory.resolve("tmp"))) {
      throw new UnsupportedFormatException(directory.toString(), "there is no tmp in it");
    }
  }

  private static final class ChecksNothing extends ForwardingSpool {
    private final FileLayout layout;

    ChecksNothing(Spool wrapped, FileLayout layout) {
      super(wrapped);
      this.layout = layout;
    }

    /** The bytes of the file, whatever they are. */
    private byte[] bytes(SpoolId id) {
      try {
        byte[] file = Files.readAllBytes(layout.file(id));
        return Arrays.copyOf(file, Math.max(0, file.length - Trailer.LENGTH));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return wrapped
          .load(id)
          .exceptionally(
              failure -> {
                SpoolException typed = SpoolException.unwrap(failure);
                if (typed instanceof MessageCorruptException) {
                  return bytes(id);
                }
                throw typed;
              });
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      EntryChannel inner = EntryChannel.bounded(1000, 1 << 24);
      return wrapped
          .enumerate(inner, startTime)
          .whenComplete(
              (report, failure) -> {
                for (SpoolEntry entry : inner) {
                  boolean unused = channel.send(unchecked(entry));
                }
                channel.complete();
              });
    }

    private SpoolEntry unchecked(SpoolEntry entry) {
      if (entry instanceof SpoolEntry.Corrupt corrupt) {
        SpoolId id = corrupt.id();
        return id == null ? entry : new SpoolEntry.Item(id, bytes(id));
      }
      return entry;
    }
  }

  private static Spool tellsOnce(Spool honest, Path directory) {
    try {
      Files.createDirectory(directory.resolveSibling(directory.getFileName() + "-told"));
      return honest;
    } catch (FileAlreadyExistsException e) {
      return new HidesDamage(honest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class HidesDamage extends ForwardingSpool {
    HidesDamage(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public SpoolHealth health() {
      return new SpoolHealth(SpoolHealth.State.HEALTHY, null, null, Instant.now());
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return wrapped
          .load(id)
          .exceptionallyCompose(
              failure ->
                  CompletableFuture.failedFuture(
                      SpoolException.unwrap(failure) instanceof MessageCorruptException
                          ? new MessageNotFoundException(id)
                          : failure));
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      EntryChannel inner = EntryChannel.bounded(1000, 1 << 24);
      return wrapped
          .enumerate(inner, startTime)
          .whenComplete(
              (report, failure) -> {
                for (SpoolEntry entry : inner) {
                  if (entry instanceof SpoolEntry.Item) {
                    boolean unused = channel.send(entry);
                  }
                }
                channel.complete();
              });
    }
  }

  private static final class OneSpoilsAll extends ForwardingSpool {
    OneSpoilsAll(Spool wrapped) {
      super(wrapped);
    }

    private boolean isSpoilt() {
      EntryChannel all = EntryChannel.bounded(1000, 1 << 24);
      CompletableFuture<?> scan = wrapped.enumerate(all, Instant.MAX);
      boolean spoilt = false;
      for (SpoolEntry entry : all) {
        spoilt |= entry instanceof SpoolEntry.Corrupt;
      }
      scan.join();
      return spoilt;
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return isSpoilt()
          ? CompletableFuture.failedFuture(
              new MessageCorruptException(id, "here", "one is damaged"))
          : wrapped.load(id);
    }
  }

  private static final class WritesLater extends ForwardingSpool {
    private final Map<SpoolId, byte[]> unwritten = new LinkedHashMap<>();

    WritesLater(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public synchronized CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      unwritten.put(id, data);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletableFuture<byte[]> load(SpoolId id) {
      byte[] data = unwritten.get(id);
      return data == null ? wrapped.load(id) : CompletableFuture.completedFuture(data.clone());
    }

    @Override
    public synchronized CompletableFuture<Void> remove(
        SpoolId id, Durability durability, @Nullable Deadline deadline) {
      unwritten.remove(id);
      return wrapped.remove(id, durability, deadline);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      write();
      return wrapped.enumerate(channel, startTime);
    }

    @Override
    public CompletableFuture<Void> shutdown() {
      write();
      return wrapped.shutdown();
    }

    @Override
    public void close() {
      write();
      wrapped.close();
    }

    private synchronized void write() {
      unwritten.forEach((id, data) -> wrapped.store(id, data).join());
      unwritten.clear();
    }
  }
}
