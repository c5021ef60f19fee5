package dev.spool.cache;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.testkit.ForwardingSpool;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A spool whose changes are carried out in their order by one thread, and end as chance has it:
 * acknowledged, refused, or with an unknown outcome, and then they are there, or come later, or
 * never. Loads are delivered by another thread than the one that read them, so that changes
 * overtake them.
 */
final class UnreliableSpool extends ForwardingSpool {
  private final ExecutorService writer = Executors.newSingleThreadExecutor();
  private final ExecutorService reader = Executors.newFixedThreadPool(2);
  private final ExecutorService deliverer = Executors.newFixedThreadPool(2);

  /** Used by the writer only. */
  private final SplittableRandom random = new SplittableRandom(1);

  UnreliableSpool(Spool wrapped) {
    super(wrapped);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    CompletableFuture<byte[]> call = new CompletableFuture<>();
    reader.execute(
        () -> {
          var unused =
              super.load(id)
                  .handleAsync(
                      (data, failure) ->
                          failure == null
                              ? call.complete(data)
                              : call.completeExceptionally(SpoolException.unwrap(failure)),
                      deliverer);
        });
    return call;
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return change(() -> super.store(id, data, durability, deadline));
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return change(() -> super.remove(id, durability, deadline));
  }

  private CompletableFuture<Void> change(Supplier<CompletableFuture<Void>> change) {
    CompletableFuture<Void> call = new CompletableFuture<>();
    writer.execute(() -> carryOut(change, call));
    return call;
  }

  private void carryOut(Supplier<CompletableFuture<Void>> change, CompletableFuture<Void> call) {
    switch (random.nextInt(12)) {
      case 0 -> fail(call, Outcome.NOT_APPLIED);
      case 1 -> fail(call, Outcome.UNKNOWN);
      case 2 -> {
        change.get().join();
        fail(call, Outcome.UNKNOWN);
      }
      case 3 -> {
        fail(call, Outcome.UNKNOWN); // others may load the old message now
        change.get().join();
      }
      default -> {
        change.get().join();
        deliverer.execute(() -> call.complete(null));
      }
    }
  }

  private void fail(CompletableFuture<Void> call, Outcome outcome) {
    deliverer.execute(
        () -> call.completeExceptionally(new DeadlineExceededException("by chance", outcome)));
  }

  /** Waits until every change that was called is carried out, or will never be. */
  void settle() {
    CompletableFuture.runAsync(() -> {}, writer).join();
  }

  @Override
  public void close() {
    settle();
    writer.shutdown();
    reader.shutdown();
    deliverer.shutdown();
    super.close();
  }
}
