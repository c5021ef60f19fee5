package dev.spool.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmTest {
  @TempDir Path directory;

  /** Ends as a JVM that was interrupted. */
  static final class Interrupted {
    private Interrupted() {}

    public static void main(String[] arguments) throws Exception {
      Files.writeString(Path.of(arguments[1]), Long.toString(ProcessHandle.current().pid()));
      Files.move(Path.of(arguments[1]), Path.of(arguments[0]));
      Runtime.getRuntime().halt(130);
    }
  }

  @Test
  void aProcessThatHeardOfAStopBeforeWeDidIsNoFailure() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Path pid = directory.resolve("pid");
    WorkDirectory work = WorkDirectory.in(directory);
    Thread runner =
        new Thread(
            () -> {
              try {
                new Jvm("64m", List.of())
                    .run(
                        work,
                        Interrupted.class,
                        List.of(pid.toString(), pid + ".new"),
                        directory.resolve("log"),
                        Duration.ofMinutes(1));
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    try {
      runner.start();
      while (!Files.exists(pid) && runner.isAlive()) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(pid).exists();
      ProcessHandle.of(Long.parseLong(Files.readString(pid)))
          .map(ProcessHandle::onExit)
          .ifPresent(CompletableFuture::join);
      // Time enough for whoever takes the exit for a failure; nobody who awaits the stop is done.
      runner.join(100);
    } finally {
      work.close();
    }
    runner.join();
    assertThat(thrown.get()).isInstanceOf(CancellationException.class);
  }
}
