package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Futures complete on the callback executor, whatever continuations do there. */
public interface CallbackContract extends BackendContract {

  /**
   * A continuation runs on the executor that was set, or on the caller if the future was done
   * already.
   */
  @Test
  default void continuationsRunOnTheExecutor(@TempDir Path dir) {
    Set<Thread> own = ConcurrentHashMap.newKeySet();
    ExecutorService executor =
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "contract-callback");
              thread.setDaemon(true);
              own.add(thread);
              return thread;
            });
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Spool spool = fixture().open(dir, Map.of(), executor)) {
      List<CompletableFuture<?>> calls = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        SpoolId id = SpoolId.random();
        calls.add(
            spool
                .store(
                    id,
                    Messages.of(i, 100),
                    i % 2 == 0 ? Durability.SYNC : Durability.BUFFERED,
                    null)
                .thenCompose(stored -> load(spool, id, seen))
                .thenCompose(
                    loaded ->
                        spool.remove(id).whenComplete((d, f) -> seen.add(Thread.currentThread())))
                .whenComplete((removed, failure) -> seen.add(Thread.currentThread())));
      }
      calls.forEach(Check::get);
      own.add(Thread.currentThread());
      assertThat(seen).isSubsetOf(own);
    } finally {
      executor.shutdown();
    }
  }

  /** A continuation that runs out of memory takes nothing with it but itself. */
  @Test
  default void continuationsThatRunOutOfMemory(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(5, 30, 2000);
    OutOfMemoryError expected = new OutOfMemoryError("expected");
    try (Spool spool = open(dir)) {
      List<CompletableFuture<?>> thrown = new ArrayList<>();
      messages.forEach(
          (id, message) -> {
            SpoolId gone = SpoolId.random();
            thrown.add(
                spool.store(id, message, Durability.SYNC, null).thenRun(() -> fail(expected)));
            thrown.add(
                spool
                    .store(gone, message)
                    .thenCompose(stored -> spool.load(gone))
                    .thenCompose(loaded -> spool.remove(gone))
                    .thenRun(() -> fail(expected)));
          });
      for (CompletableFuture<?> call : thrown) {
        assertThat(call)
            .failsWithin(Check.LIMIT_SECONDS, TimeUnit.SECONDS)
            .withThrowableThat()
            .withCause(expected);
      }
      Check.holdsExactly(spool, messages);
      assertThat(spool.unhealthyReason()).isNull();
    }
    if (has(Trait.PERSISTENT)) {
      try (Spool spool = open(dir)) {
        Check.holdsExactly(spool, messages);
      }
    }
  }

  private static void fail(OutOfMemoryError error) {
    throw error;
  }

  /** Continuations that block hold up neither I/O nor other completions. */
  @Test
  default void blockingContinuations(@TempDir Path dir) {
    CountDownLatch release = new CountDownLatch(1);
    try (Spool spool = open(dir)) {
      List<CompletableFuture<Void>> blocked = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SpoolId id = SpoolId.random();
        byte[] message = Messages.of(i, 100);
        // On a thread of its own, since the continuation blocks that one if the store is done at
        // once.
        blocked.add(
            Threads.run(
                () -> Check.get(spool.store(id, message).thenRun(() -> awaitQuietly(release)))));
      }
      Map<SpoolId, byte[]> messages = Messages.mixed(1, 100, 2000);
      Check.storeAll(spool, messages);
      messages.forEach((id, data) -> Check.holds(spool, id, data));
      blocked.forEach(future -> assertThat(future).isNotDone());
      release.countDown();
      blocked.forEach(Check::get);
    } finally {
      release.countDown();
    }
  }

  /** A continuation may call the spool and wait for the answer. */
  @Test
  default void continuationsThatWaitForTheSpool(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      List<CompletableFuture<Void>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        SpoolId id = SpoolId.random();
        byte[] message = Messages.of(i, 100);
        calls.add(
            spool
                .store(id, message)
                .thenRun(
                    () -> {
                      Check.same(spool.load(id).join(), message);
                      spool.remove(id).join();
                    }));
      }
      calls.forEach(Check::get);
      Check.holdsExactly(spool, Map.of());
    }
  }

  /** A continuation that throws harms nobody but itself. */
  @Test
  default void continuationsThatThrow(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (Spool spool = open(dir)) {
      for (int i = 0; i < 20; i++) {
        SpoolId id = SpoolId.random();
        messages.put(id, Messages.of(i, 100));
        CompletableFuture<Void> store =
            spool.store(id, Messages.of(i, 100), Durability.BUFFERED, null);
        CompletableFuture<Void> thrown =
            store.thenRun(
                () -> {
                  throw new LinkageError("thrown by a continuation, as it should be");
                });
        Check.get(store);
        assertThat(thrown.handle((done, failure) -> failure != null).join()).isTrue();
      }
      Check.holdsExactly(spool, messages);
    }
  }

  /** If the executor rejects, futures complete all the same. */
  @Test
  default void executorThatRejects(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 50, 2000);
    try (Spool spool =
        fixture()
            .open(
                dir,
                Map.of(),
                task -> {
                  throw new RejectedExecutionException("rejected by a test");
                })) {
      Check.storeAll(spool, messages);
      Check.holdsExactly(spool, messages);
      Check.absent(spool, SpoolId.random());
      messages.keySet().forEach(id -> Check.get(spool.remove(id)));
      Check.get(spool.cleanup());
      Check.get(spool.adviseLowMemory());
    }
  }

  /** An executor that was shut down in the middle loses no completion that it had not accepted. */
  @Test
  default void executorThatIsShutDownMeanwhile(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(3, 100, 2000);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    // Its thread is there, then: the JDK's ThreadPoolExecutor forgets what it has accepted if it is
    // shut down while its first thread is being added.
    Check.get(CompletableFuture.runAsync(() -> {}, executor));
    try (Spool spool = fixture().open(dir, Map.of(), executor)) {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      int nth = 0;
      for (Map.Entry<SpoolId, byte[]> message : messages.entrySet()) {
        stores.add(spool.store(message.getKey(), message.getValue(), Durability.BUFFERED, null));
        if (++nth == 50) {
          executor.shutdown();
        }
      }
      stores.forEach(Check::get);
      Check.holdsExactly(spool, messages);
    } finally {
      executor.shutdown();
    }
  }

  private static CompletableFuture<byte[]> load(Spool spool, SpoolId id, Set<Thread> seen) {
    seen.add(Thread.currentThread());
    return spool.load(id).whenComplete((data, failure) -> seen.add(Thread.currentThread()));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(Check.LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("a continuation was interrupted", e);
    }
  }
}
