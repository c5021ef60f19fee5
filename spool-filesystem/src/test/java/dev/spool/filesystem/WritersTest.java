package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The threads that write are there for all kinds of stores. */
class WritersTest {
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void fewThreadsThatAreBusyWithWavesLeaveOneForOthers(@TempDir Path dir) {
    try (FileSpool spool =
        FileSpool.builder(dir).writers(1).storeDeadline(Duration.ofSeconds(10)).open()) {
      for (int i = 0; i < 16; i++) {
        goOn(spool);
      }
      CompletableFuture<Void> other =
          spool.store(SpoolId.random(), new byte[10], Durability.BUFFERED, null);
      assertThatCode(other::join).doesNotThrowAnyException();
      over.set(true);
    }
  }

  /** Stores one small message after the other. */
  private void goOn(FileSpool spool) {
    if (!over.get()) {
      CompletableFuture<Void> unused =
          spool.store(SpoolId.random(), new byte[10]).thenRun(() -> goOn(spool));
    }
  }
}
