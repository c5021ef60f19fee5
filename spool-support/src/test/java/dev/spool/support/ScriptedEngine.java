package dev.spool.support;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An engine that does what a test tells it: it keeps the writes that it is handed until the test
 * takes them.
 */
final class ScriptedEngine implements Engine {
  final BlockingQueue<WriteCall> written = new LinkedBlockingQueue<>();
  final CountDownLatch closing = new CountDownLatch(1);
  final CountDownLatch stopped = new CountDownLatch(1);
  final Semaphore recoveries = new Semaphore(0);
  final Semaphore probes = new Semaphore(0);

  /** Counts the messages that were loaded. */
  final Semaphore loads = new Semaphore(0);

  /** How many were asked for at once, where it was more than one. */
  final Queue<Integer> together = new ConcurrentLinkedQueue<>();

  /** What a load finds; null if nothing. */
  volatile byte @Nullable [] loaded;

  final CountDownLatch loading = new CountDownLatch(1);
  final CountDownLatch mayLoad = new CountDownLatch(1);
  volatile @Nullable IOException recoveryFailure;
  volatile @Nullable IOException probeFailure;
  volatile @Nullable EngineContext context;
  volatile @Nullable DiskSpace disk;

  // What a test wants done within a call.
  volatile Consumer<WriteCall> whenWriting = call -> {};
  volatile Function<SpoolId, byte @Nullable []> whenLoading = id -> null;
  volatile Function<SpoolId, byte @Nullable []> whenLookingInMemory = id -> null;
  volatile Runnable whenScanning = () -> {};
  volatile Runnable whenCompacting = () -> {};
  volatile Runnable whenRecovering = () -> {};
  volatile Runnable whenAskedForSpace = () -> {};
  volatile Runnable whenAskedForFigures = () -> {};
  volatile Runnable whenOpened = () -> {};
  volatile Runnable whenStopping = () -> {};
  volatile boolean empty;

  EngineContext context() {
    return java.util.Objects.requireNonNull(context);
  }

  @Override
  public void opened() {
    whenOpened.run();
  }

  @Override
  public void write(WriteCall call) {
    whenWriting.accept(call);
    written.add(call);
  }

  @Override
  public byte[] load(SpoolId id) {
    byte[] scripted = whenLoading.apply(id);
    if (scripted != null) {
      return scripted;
    }
    loading.countDown();
    try {
      mayLoad.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    byte[] message = loaded;
    if (message == null) {
      throw new MessageNotFoundException(id);
    }
    loads.release();
    return message;
  }

  @Override
  public void loadAll(List<SpoolId> ids, LoadResults results) throws IOException {
    together.add(ids.size());
    Engine.super.loadAll(ids, results);
  }

  @Override
  public void scan(ScanCall scan) {
    whenScanning.run();
    while (!empty) {
      scan.listed(SpoolId.random(), 1);
    }
  }

  @Override
  public CleanupReport cleanup() {
    return new CleanupReport(0, 0, Duration.ZERO);
  }

  @Override
  public CompactionReport compact() {
    whenCompacting.run();
    return CompactionReport.NONE;
  }

  @Override
  public long adviseLowMemory() {
    return 0;
  }

  @Override
  public void quarantine(SpoolId id, Path directory) {}

  @Override
  public void recover() throws IOException {
    recoveries.release();
    whenRecovering.run();
    IOException failure = recoveryFailure;
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void probe() throws IOException {
    probes.release();
    IOException failure = probeFailure;
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public @Nullable DiskSpace space() {
    whenAskedForSpace.run();
    return disk;
  }

  @Override
  public List<Figure> figures() {
    whenAskedForFigures.run();
    return List.of();
  }

  @Override
  public void closing() {
    closing.countDown();
  }

  @Override
  public void stop(Deadline deadline) {
    stopped.countDown();
    whenStopping.run();
  }

  @Override
  public byte @Nullable [] loadFromMemory(SpoolId id) {
    return whenLookingInMemory.apply(id);
  }
}
