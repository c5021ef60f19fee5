package org.example.toyspool;

import dev.spool.CleanupReport;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolStats;
import dev.spool.SpoolUnhealthyException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A spool in a map: one thread applies the writes in turn, each scan has a thread of its own, and
 * futures complete on another pool. Keeps nothing beyond its closing.
 */
final class ToySpool implements Spool {
  /** The names that are open in this process. */
  private static final Set<String> OPEN = ConcurrentHashMap.newKeySet();

  private final String name;
  private final Map<SpoolId, byte[]> messages = new ConcurrentHashMap<>();
  private final Set<ToyWrite> waiting = ConcurrentHashMap.newKeySet();
  private final Set<EntryChannel> scans = ConcurrentHashMap.newKeySet();
  private final ExecutorService writer;
  private final ExecutorService scanners;
  private final ExecutorService ownCallbacks;
  private final Executor callbacks;
  private final Runnable storage;
  private final Instant opened = Instant.now();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  /** Completed by the closer itself, for whoever closes from a callback. */
  private final CompletableFuture<Void> end = new CompletableFuture<>();

  /** Written once, under the lock of this; read by anybody. */
  private volatile @Nullable Instant closing;

  private ToySpool(String name, @Nullable Executor callbacks, Runnable storage) {
    this.name = name;
    this.storage = storage;
    ThreadFactory threads =
        task -> {
          Thread thread = new Thread(task, "toy-" + name);
          thread.setDaemon(true);
          return thread;
        };
    writer = Executors.newSingleThreadExecutor(threads);
    scanners = Executors.newCachedThreadPool(threads);
    ownCallbacks = Executors.newCachedThreadPool(threads);
    this.callbacks = callbacks != null ? callbacks : ownCallbacks;
  }

  /** Opens the spool of that name, empty; {@code storage} runs when a write has begun. */
  static ToySpool open(
      String name, Map<String, String> settings, @Nullable Executor callbacks, Runnable storage) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "a toy has no settings, and so none of " + settings.keySet());
    }
    if (!OPEN.add(name)) {
      throw new SpoolLockedException(name, "this process, " + ProcessHandle.current().pid());
    }
    return new ToySpool(name, callbacks, storage);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    Objects.requireNonNull(id, "id");
    if (closing != null) {
      return CompletableFuture.failedFuture(new SpoolClosedException(name));
    }
    byte[] data = messages.get(id);
    return data == null
        ? CompletableFuture.failedFuture(new MessageNotFoundException(id))
        : CompletableFuture.completedFuture(data.clone());
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(durability, "durability");
    return write(() -> messages.put(id, data), deadline);
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(durability, "durability");
    return write(() -> messages.remove(id), deadline);
  }

  private CompletableFuture<Void> write(Runnable change, @Nullable Deadline deadline) {
    ToyWrite write = new ToyWrite(change);
    synchronized (this) {
      if (closing != null) {
        return CompletableFuture.failedFuture(new SpoolClosedException(name));
      }
      if (deadline != null && deadline.isExpired()) {
        return CompletableFuture.failedFuture(
            new DeadlineExceededException("expired before the call", Outcome.NOT_APPLIED));
      }
      waiting.add(write);
      writer.execute(() -> carryOut(write));
    }
    write.expireAt(deadline, failure -> fail(write.future, failure));
    return write.future;
  }

  private void carryOut(ToyWrite write) {
    boolean done = write.carryOut(storage);
    waiting.remove(write);
    if (done) {
      callback(() -> write.future.complete(null));
    }
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
      EntryChannel channel, Instant startTime, boolean payloads) {
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(startTime, "startTime");
    CompletableFuture<ScanReport> future = new CompletableFuture<>();
    synchronized (this) {
      if (closing != null) {
        channel.fail(new SpoolClosedException(name));
        return CompletableFuture.failedFuture(new SpoolClosedException(name));
      }
      scans.add(channel);
      scanners.execute(() -> runScan(channel, startTime, payloads, future));
    }
    return future;
  }

  private void runScan(
      EntryChannel channel,
      Instant startTime,
      boolean payloads,
      CompletableFuture<ScanReport> future) {
    long start = System.nanoTime();
    long items = 0;
    long skipped = 0;
    for (Map.Entry<SpoolId, byte[]> message : messages.entrySet()) {
      SpoolId id = message.getKey();
      byte[] data = message.getValue();
      if (!id.createdAt().isBefore(startTime)) {
        skipped++;
      } else if (channel.send(
          payloads
              ? new SpoolEntry.Item(id, data.clone())
              : new SpoolEntry.Listed(id, data.length))) {
        items++;
      } else {
        scans.remove(channel);
        fail(
            future,
            closing != null ? new SpoolClosedException(name) : new ScanCancelledException());
        return;
      }
    }
    channel.complete();
    scans.remove(channel);
    ScanReport report =
        new ScanReport(items, 0, skipped, Duration.ofNanos(System.nanoTime() - start));
    callback(() -> future.complete(report));
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return answer(new CleanupReport(0, 0, Duration.ZERO));
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    return answer(0L);
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    Objects.requireNonNull(directory, "directory");
    return load(id)
        .thenAccept(
            whole -> {
              throw new SpoolException(
                  "the message is whole", "message " + id + " is whole", Outcome.NOT_APPLIED, null);
            });
  }

  private <T> CompletableFuture<T> answer(T value) {
    return closing != null
        ? CompletableFuture.failedFuture(new SpoolClosedException(name))
        : CompletableFuture.completedFuture(value);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    synchronized (this) {
      if (closing != null) {
        return closed.copy();
      }
      closing = Instant.now();
      writer.shutdown();
      scanners.shutdown();
    }
    for (EntryChannel channel : scans) {
      channel.fail(new SpoolClosedException(name));
    }
    for (ToyWrite write : waiting) {
      if (write.withdraw()) {
        fail(write.future, new SpoolClosedException(name));
      }
    }
    Thread closer = new Thread(this::finish, "toy-closer-" + name);
    closer.setDaemon(true);
    closer.start();
    return closed.copy();
  }

  private void finish() {
    boolean ended = false;
    while (!ended) {
      try {
        ended =
            writer.awaitTermination(1, TimeUnit.MINUTES)
                && scanners.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts this thread", e);
      }
    }
    messages.clear();
    OPEN.remove(name);
    end.complete(null);
    callback(() -> closed.complete(null));
    ownCallbacks.shutdown();
  }

  @Override
  public void close() {
    var unused = shutdown();
    end.join();
  }

  private void fail(CompletableFuture<?> future, SpoolException failure) {
    callback(() -> future.completeExceptionally(failure));
  }

  /** Completes a future on the callback executor, or on a thread of its own if that rejects. */
  private void callback(Runnable completion) {
    try {
      callbacks.execute(completion);
    } catch (RejectedExecutionException e) {
      Thread thread = new Thread(completion, "toy-rejected-" + name);
      thread.setDaemon(true);
      thread.start();
    }
  }

  @Override
  public @Nullable String unhealthyReason() {
    return closing != null ? SpoolUnhealthyException.REASON : null;
  }

  @Override
  public SpoolHealth health() {
    Instant since = closing;
    return since != null
        ? new SpoolHealth(SpoolHealth.State.CLOSED, "shut down", null, since)
        : new SpoolHealth(SpoolHealth.State.HEALTHY, null, null, opened);
  }

  @Override
  public SpoolStats stats() {
    return new SpoolStats(
        name,
        "toy",
        List.of(
            new SpoolStats.Figure(
                "messages",
                SpoolStats.Kind.GAUGE,
                "messages",
                messages.size(),
                "Messages in the spool.")));
  }
}
