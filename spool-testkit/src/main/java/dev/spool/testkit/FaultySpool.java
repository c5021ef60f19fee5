package dev.spool.testkit;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A spool that fails when it is told to, for an embedder's own tests: what does the server answer
 * while the spool sheds load, is full, is slow, or has a damaged message? It wraps any spool, and
 * while no fault is set every call goes straight through.
 *
 * <pre>{@code
 * FaultySpool spool = new FaultySpool(Spools.open("memory:test"));
 * spool.full();
 * assertThat(server.receive(mail)).startsWith("452");
 * spool.heal();
 * assertThat(server.receive(mail)).startsWith("250");
 * }</pre>
 *
 * <p>Safe for use by any number of threads. A fault holds for calls that begin after it was set.
 */
public final class FaultySpool extends ForwardingSpool {

  /** The calls that can be made to fail or to wait. */
  public enum Call {
    /** {@link Spool#load}. */
    LOAD,
    /** {@link Spool#store}. */
    STORE,
    /** {@link Spool#remove}. */
    REMOVE,
    /** {@link Spool#enumerate} and {@link Spool#list}. */
    SCAN,
    /**
     * {@link Spool#cleanup}, {@link Spool#compact}, {@link Spool#adviseLowMemory} and {@link
     * Spool#quarantine}.
     */
    MAINTENANCE
  }

  /** Why stores are refused, and since when; null while they are not. */
  private volatile @Nullable Refusal refusal;

  /** The failures to come, in the order in which they were planned. */
  private final PlannedFailures<Call> planned = new PlannedFailures<>();

  /** The calls that wait for their release. */
  private final StalledCalls stalled = new StalledCalls();

  private final Set<SpoolId> corrupt = ConcurrentHashMap.newKeySet();

  /** Set once, by the first shutdown. */
  private volatile boolean closing;

  private record Refusal(boolean full, SpoolHealth health) {}

  /** Wraps a spool; closing the wrapper closes it. */
  public FaultySpool(Spool wrapped) {
    super(wrapped);
  }

  // Faults

  /**
   * Refuses stores from now on with {@link SpoolUnhealthyException}, as a spool does whose disk has
   * failed. Loads, removals and scans go on.
   */
  public void shed() {
    refuse(false, "shedding, since a test said so");
  }

  /**
   * Refuses stores from now on with {@link SpoolFullException}, as a spool does whose disk is full.
   */
  public void full() {
    refuse(true, "full, since a test said so");
  }

  private void refuse(boolean full, String reason) {
    refusal =
        new Refusal(full, new SpoolHealth(SpoolHealth.State.SHEDDING, reason, null, Instant.now()));
  }

  /**
   * Ends every fault: stores are taken, nothing is damaged, no failure is planned, and what is
   * stalled goes on.
   */
  public void heal() {
    refusal = null;
    corrupt.clear();
    planned.clear();
    release();
  }

  /**
   * Makes the next load, store or removal fail, whichever comes first. Failures that are given
   * several times are used one by one.
   */
  public void failNext(SpoolException failure) {
    planned.add(EnumSet.of(Call.LOAD, Call.STORE, Call.REMOVE), failure);
  }

  /**
   * Makes the next call of that kind fail. The call is not carried out, whatever the failure says
   * of its outcome.
   */
  public void failNext(Call call, SpoolException failure) {
    planned.add(EnumSet.of(call), failure);
  }

  /** Makes loads, stores and removals wait from now on, until {@link #release}. */
  public void stall() {
    stall(Call.LOAD, Call.STORE, Call.REMOVE);
  }

  /**
   * Makes calls of these kinds wait from now on, until {@link #release}. A store or removal that
   * waits for longer than its deadline fails, not applied; cancelling its future withdraws it; and
   * shutting down fails what waits.
   */
  public void stall(Call... calls) {
    stalled.stall(calls);
  }

  /**
   * Lets the calls go on that were stalled, in the order in which they came, and stalls no more.
   */
  public void release() {
    stalled.release();
  }

  /** Tells how many calls are stalled. */
  public int stalledCalls() {
    return stalled.count();
  }

  /**
   * Makes a message look damaged: loads fail with {@link MessageCorruptException}, scans report it
   * as {@link dev.spool.SpoolEntry.Corrupt}, and {@link #quarantine} moves it aside. It is whole
   * again once it was stored anew, or {@link #heal}ed.
   */
  public void corrupt(SpoolId id) {
    corrupt.add(Objects.requireNonNull(id, "id"));
  }

  // Spool

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    Objects.requireNonNull(id, "id");
    return call(
        Call.LOAD,
        null,
        () -> corrupt.contains(id) ? CompletableFuture.failedFuture(damage(id)) : wrapped.load(id));
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(durability, "durability");
    return call(
        Call.STORE, deadline, () -> healing(id, wrapped.store(id, data, durability, deadline)));
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(durability, "durability");
    return call(Call.REMOVE, deadline, () -> healing(id, wrapped.remove(id, durability, deadline)));
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return scan(channel, startTime, wrapped::enumerate);
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return scan(channel, startTime, wrapped::list);
  }

  private CompletableFuture<ScanReport> scan(
      EntryChannel channel, Instant startTime, CorruptingScan.Scan scan) {
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(startTime, "startTime");
    AtomicBoolean begun = new AtomicBoolean();
    CompletableFuture<ScanReport> future =
        call(
            Call.SCAN,
            null,
            () -> {
              begun.set(true);
              return corrupt.isEmpty()
                  ? scan.start(channel, startTime)
                  : CorruptingScan.run(scan, channel, startTime, Set.copyOf(corrupt));
            });
    if (!begun.get()) {
      failConsumersToo(channel, future, begun);
    }
    return future;
  }

  /** A scan that ends before it has begun must end for its consumers too. */
  private static void failConsumersToo(
      EntryChannel channel, CompletableFuture<ScanReport> scan, AtomicBoolean begun) {
    var unused =
        scan.whenComplete(
            (report, failure) -> {
              if (failure != null && !begun.get()) {
                channel.fail(
                    scan.isCancelled()
                        ? new ScanCancelledException()
                        : SpoolException.unwrap(failure));
              }
            });
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return call(Call.MAINTENANCE, null, wrapped::cleanup);
  }

  @Override
  public CompletableFuture<CompactionReport> compact() {
    return call(Call.MAINTENANCE, null, wrapped::compact);
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    return call(Call.MAINTENANCE, null, wrapped::adviseLowMemory);
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(directory, "directory");
    return call(
        Call.MAINTENANCE,
        null,
        () -> corrupt.contains(id) ? moveAside(id, directory) : wrapped.quarantine(id, directory));
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    failStalled();
    return wrapped.shutdown();
  }

  @Override
  public void close() {
    failStalled();
    wrapped.close(); // which may know to do it from a callback
  }

  private void failStalled() {
    closing = true;
    stalled.close(wrapped.stats().name());
  }

  @Override
  public @Nullable String unhealthyReason() {
    String reason = wrapped.unhealthyReason();
    return reason == null && refusal != null ? SpoolUnhealthyException.REASON : reason;
  }

  @Override
  public SpoolHealth health() {
    Refusal refused = refusal;
    return refused == null || closing ? wrapped.health() : refused.health();
  }

  // How a call goes

  private <T> CompletableFuture<T> call(
      Call call, @Nullable Deadline deadline, Supplier<CompletableFuture<T>> through) {
    if (closing) {
      return through.get();
    }
    SpoolException failure = call == Call.STORE ? refused() : null;
    if (failure == null) {
      failure = planned.next(call);
    }
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    return stalled.call(call, deadline, through);
  }

  private @Nullable SpoolException refused() {
    Refusal refused = refusal;
    if (refused == null) {
      return null;
    }
    String reason = String.valueOf(refused.health().reason());
    return refused.full()
        ? new SpoolFullException(reason, null)
        : new SpoolUnhealthyException(reason, null);
  }

  /** Makes a message whole once it was replaced or removed, before the caller hears of that. */
  private CompletableFuture<Void> healing(SpoolId id, CompletableFuture<Void> write) {
    return corrupt.contains(id) ? write.thenRun(() -> corrupt.remove(id)) : write;
  }

  private CompletableFuture<Void> moveAside(SpoolId id, Path directory) {
    return wrapped
        .load(id)
        .thenCompose(
            data -> {
              try {
                Files.createDirectories(directory);
                Files.write(directory.resolve(id.toString()), data);
                Files.writeString(directory.resolve(id + ".reason"), damage(id).detail() + "\n");
              } catch (IOException e) {
                return CompletableFuture.failedFuture(
                    new SpoolIOException("moving message " + id + " to " + directory, e));
              }
              return wrapped.remove(id, Durability.SYNC, null);
            })
        .thenRun(() -> corrupt.remove(id));
  }

  private static MessageCorruptException damage(SpoolId id) {
    return new MessageCorruptException(id, "FaultySpool", "damaged, since a test said so");
  }
}
