package org.example.plain;

import dev.spool.CleanupReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolIOException;
import dev.spool.SpoolStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A backend that somebody else has written: a file for each message, forced, renamed, and its
 * directory forced. It survives kills. It has no checksum, and no lock.
 */
final class PlainSpool implements Spool {
  private final Path directory;
  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final AtomicLong temporaries = new AtomicLong();
  private final Instant opened = Instant.now();
  private volatile boolean closed;

  PlainSpool(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
      try (Stream<Path> all = Files.list(directory)) {
        for (Path each : all.filter(path -> path.toString().endsWith(".tmp")).toList()) {
          Files.deleteIfExists(each);
        }
      }
    } catch (IOException e) {
      throw new SpoolIOException("cannot open " + directory, e);
    }
  }

  private <T> CompletableFuture<T> run(Callable<T> call) {
    CompletableFuture<T> future = new CompletableFuture<>();
    try {
      threads.execute(
          () -> {
            try {
              future.complete(call.call());
            } catch (SpoolException e) {
              future.completeExceptionally(e);
            } catch (Exception e) {
              future.completeExceptionally(new SpoolIOException("in " + directory, e));
            }
          });
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(new SpoolClosedException(directory.toString()));
    }
    return future;
  }

  private Path file(SpoolId id) {
    return directory.resolve(id.toString());
  }

  private void forceDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory)) {
      channel.force(true);
    }
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return run(
        () -> {
          try {
            return Files.readAllBytes(file(id));
          } catch (NoSuchFileException e) {
            throw new MessageNotFoundException(id);
          }
        });
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, Deadline deadline) {
    return run(
        () -> {
          Path temporary = directory.resolve(temporaries.incrementAndGet() + ".tmp");
          try (FileChannel channel =
              FileChannel.open(
                  temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(data);
            while (rest.hasRemaining()) {
              channel.write(rest);
            }
            channel.force(true);
          }
          Files.move(temporary, file(id), StandardCopyOption.ATOMIC_MOVE);
          forceDirectory();
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id, Durability durability, Deadline deadline) {
    return run(
        () -> {
          Files.deleteIfExists(file(id));
          forceDirectory();
          return null;
        });
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return scan(channel, startTime, true);
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return scan(channel, startTime, false);
  }

  private CompletableFuture<ScanReport> scan(
      EntryChannel channel, Instant startTime, boolean withData) {
    CompletableFuture<ScanReport> future = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                future.complete(scanned(channel, startTime, withData));
              } catch (IOException e) {
                SpoolException failure = new SpoolIOException("cannot scan " + directory, e);
                channel.fail(failure);
                future.completeExceptionally(failure);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  private ScanReport scanned(EntryChannel channel, Instant startTime, boolean withData)
      throws IOException {
    long items = 0;
    long skipped = 0;
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(path -> path.getFileName().toString().length() == 32).toList();
    }
    for (Path file : files) {
      SpoolId id = SpoolId.parse(file.getFileName().toString());
      if (!id.createdAt().isBefore(startTime)) {
        skipped++;
        continue;
      }
      try {
        channel.send(
            withData
                ? new SpoolEntry.Item(id, Files.readAllBytes(file))
                : new SpoolEntry.Listed(id, Files.size(file)));
        items++;
      } catch (NoSuchFileException e) {
        // removed meanwhile
      }
    }
    channel.complete();
    return new ScanReport(items, 0, skipped, Duration.ZERO);
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return run(() -> new CleanupReport(0, 0, Duration.ZERO));
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    return run(() -> 0L);
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path target) {
    return run(
        () -> {
          throw new SpoolIOException("nothing is known to be damaged", null);
        });
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    closed = true;
    threads.shutdown();
    CompletableFuture<Void> future = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              future.complete(null);
            })
        .start();
    return future;
  }

  @Override
  public SpoolHealth health() {
    SpoolHealth.State state = closed ? SpoolHealth.State.CLOSED : SpoolHealth.State.HEALTHY;
    return new SpoolHealth(state, closed ? "closed" : null, null, opened);
  }

  @Override
  public SpoolStats stats() {
    return new SpoolStats(directory.toString(), "plain", List.of());
  }
}
