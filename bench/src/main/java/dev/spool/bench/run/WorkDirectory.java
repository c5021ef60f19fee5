package dev.spool.bench.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.bench.workload.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A directory on the disk that is measured, and the process that works in it: both are gone
 * afterwards, also when the user has pressed Ctrl-C.
 */
public final class WorkDirectory implements AutoCloseable {
  private final Path path;
  private final Thread hook = new Thread(this::remove, "remove-work-directory");

  @GuardedBy("this")
  private @Nullable Process process;

  @GuardedBy("this")
  private boolean closed;

  private WorkDirectory(Path path) {
    this.path = path;
  }

  /** Makes a new one in a directory, which is made if need be. */
  public static WorkDirectory in(Path directory) throws IOException {
    Files.createDirectories(directory);
    WorkDirectory made =
        new WorkDirectory(Files.createTempDirectory(directory, "spool-bench-").toAbsolutePath());
    Runtime.getRuntime().addShutdownHook(made.hook);
    return made;
  }

  Path path() {
    return path;
  }

  /**
   * Starts a process, the only one.
   *
   * @throws CancellationException if this is closed already
   */
  synchronized Process start(ProcessBuilder builder) throws IOException {
    check();
    Process started = builder.start();
    process = started;
    return started;
  }

  /** Throws as {@link #check} does, if that becomes so in a while. */
  synchronized void awaitStop(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); !closed && left > 0; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    check();
  }

  /** Throws if what happened is due to the user's wish to stop. */
  synchronized void check() {
    if (closed) {
      throw new CancellationException("stopped");
    }
  }

  private synchronized void remove() {
    closed = true;
    notifyAll();
    try {
      if (process != null) {
        process.destroyForcibly().waitFor();
      }
      FileTree.delete(path);
    } catch (IOException e) {
      System.err.printf("%s is left: %s%n", path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is running.
    }
  }
}
