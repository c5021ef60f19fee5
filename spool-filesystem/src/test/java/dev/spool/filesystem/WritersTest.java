package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The threads that write are there for all kinds of stores. */
class WritersTest {
  private static final int CHAINS = 16;

  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** Those that have ended. */
  private final CountDownLatch ended = new CountDownLatch(CHAINS);

  @Test
  void fewThreadsThatAreBusyWithWavesLeaveOneForOthers(@TempDir Path dir)
      throws InterruptedException {
    try (FileSpool spool =
        FileSpool.builder(dir).writers(1).storeDeadline(Duration.ofSeconds(60)).open()) {
      for (int i = 0; i < CHAINS; i++) {
        goOn(spool);
      }
      CompletableFuture<Void> other =
          spool.store(SpoolId.random(), new byte[10], Durability.BUFFERED, null);
      assertThatCode(other::join).doesNotThrowAnyException();
      assertThat(ended.getCount()).as("all of the others go on").isEqualTo(CHAINS);
      over.set(true);
      assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(failures).isEmpty();
    }
  }

  /** Stores one small message after the other. */
  private void goOn(FileSpool spool) {
    if (over.get()) {
      ended.countDown();
      return;
    }
    CompletableFuture<Void> unused =
        spool
            .store(SpoolId.random(), new byte[10])
            .whenComplete(
                (stored, failure) -> {
                  if (failure == null) {
                    goOn(spool);
                  } else {
                    failures.add(failure);
                    ended.countDown();
                  }
                });
  }
}
