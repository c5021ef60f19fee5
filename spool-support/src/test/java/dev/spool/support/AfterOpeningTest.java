package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What is linked or initialized for the first time while the heap is full may fail until the
 * process ends. So all that a spool needs to end its calls, to tell of failures, to recover and to
 * be closed is there when it has been opened.
 */
class AfterOpeningTest {
  /** What whoever asks for it is told of, and what is tried again each time. */
  private static final Set<String> ASKED_FOR =
      Set.of(
          "dev.spool.CleanupReport",
          "dev.spool.CompactionReport",
          "dev.spool.EntryChannel",
          "dev.spool.EntryChannel$Receiver",
          "dev.spool.ScanCancelledException",
          "dev.spool.ScanReport",
          "dev.spool.SpoolEntry",
          "dev.spool.support.LocalSpool$Alarm",
          "dev.spool.support.LocalSpool$Move",
          "dev.spool.support.LocalSpool$WithLease",
          "dev.spool.support.ScanCall",
          "dev.spool.support.Scans$Run",
          "dev.spool.support.Tasks$Run",
          "dev.spool.support.Workers$Work");

  private static final Pattern LOADED = Pattern.compile(".*\\] (dev\\.spool\\.\\S+) source: .*");

  @Test
  void nothingIsLinkedAndNothingThatEndsACallIsLoaded() throws IOException {
    List<String> loaded = new ArrayList<>();
    boolean open = false;
    String last = "";
    try (ChildJvm child =
        ChildJvm.start(
            "export JDK_JAVA_OPTIONS=-Xlog:class+load:stdout;", path -> true, Child.class)) {
      for (String line = child.line(); line != null; line = child.line()) {
        last = line;
        open |= line.equals("open");
        Matcher matcher = LOADED.matcher(line);
        if (open && matcher.matches() && !matcher.group(1).contains("AfterOpeningTest")) {
          loaded.add(matcher.group(1));
        }
      }
    }
    assertThat(last).isEqualTo("closed");
    loaded.removeAll(ASKED_FOR);
    assertThat(loaded).isEmpty();
  }

  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      ScriptedEngine engine = new ScriptedEngine();
      engine.mayLoad.countDown();
      engine.loaded = new byte[1];
      engine.disk = new DiskSpace(1L << 40, 1L << 39, 1000, 500);
      LocalSpool spool =
          new ScriptedSpool(
              new ScriptedSpool.Builder()
                  .errorUnlatchDuration(Duration.ZERO)
                  .minFreeSpace(SpaceThreshold.amount(1 << 20)),
              engine);
      Deadline deadline = Deadline.after(Duration.ofMinutes(1));
      SpoolIOException failure = new SpoolIOException("expected", Outcome.UNKNOWN, null);
      var unused = SpoolId.random(); // callers have ids
      System.out.println("open");
      writes(spool, engine, deadline, failure);
      loads(spool, engine);
      scansAndTasks(spool, engine);
      troubles(spool, engine);
      end(spool.shutdown());
      System.out.println("closed");
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }

    private static void writes(
        LocalSpool spool, ScriptedEngine engine, Deadline deadline, SpoolIOException failure)
        throws InterruptedException {
      SpoolId id = SpoolId.random();
      CompletableFuture<Void> store = spool.store(id, new byte[1], Durability.SYNC, deadline);
      taken(engine).succeed();
      end(store);
      store = spool.store(id, new byte[1], Durability.SYNC, null);
      taken(engine).fail(failure);
      end(store);
      engine.context().health().suspect("expected", null);
      CompletableFuture<Void> removal = spool.remove(id);
      taken(engine).succeed();
      end(removal);
      engine.context().health().suspect("expected", null);
      store = spool.store(id, new byte[1], Durability.SYNC, null);
      WriteCall.succeedAll(List.of(taken(engine)));
      end(store);
    }

    private static WriteCall taken(ScriptedEngine engine) throws InterruptedException {
      WriteCall call = engine.written.take();
      boolean unused = call.join();
      return call;
    }

    private static void loads(LocalSpool spool, ScriptedEngine engine) {
      end(spool.load(SpoolId.random()));
      engine.whenLoading =
          id -> {
            throw new OutOfMemoryError("expected");
          };
      end(spool.load(SpoolId.random()));
    }

    private static void scansAndTasks(LocalSpool spool, ScriptedEngine engine) {
      engine.empty = true;
      end(spool.enumerate(EntryChannel.bounded(1, 1), Instant.MAX));
      engine.whenScanning =
          () -> {
            throw new OutOfMemoryError("expected");
          };
      end(spool.enumerate(EntryChannel.bounded(1, 1), Instant.MAX));
      end(spool.cleanup());
      end(spool.compact());
      end(spool.adviseLowMemory());
      end(spool.quarantine(SpoolId.random(), Path.of("nowhere")));
    }

    private static void troubles(LocalSpool spool, ScriptedEngine engine) {
      EngineContext context = engine.context();
      context.failed(FailureClass.SPACE, "expected", new IOException("No space left on device"));
      end(spool.store(SpoolId.random(), new byte[1], Durability.SYNC, null));
      await(() -> spool.unhealthyReason() == null);
      engine.disk = new DiskSpace(1L << 40, 1L << 10, 1000, 1);
      await(() -> String.valueOf(spool.health().reason()).contains("minFreeInodes"));
      engine.disk = new DiskSpace(1L << 40, 1L << 39, 1000, 500);
      await(() -> spool.unhealthyReason() == null);
      engine.recoveryFailure = new IOException("Input/output error");
      engine.probeFailure = new IOException("Input/output error");
      context.syncFailed("expected", new IOException("Input/output error"));
      await(() -> engine.recoveries.availablePermits() > 1);
      engine.recoveryFailure = null;
      await(() -> engine.probes.availablePermits() > 1);
      engine.probeFailure = null;
      await(() -> spool.unhealthyReason() == null);
      context.health().entryDamaged("expected");
      context.health().entriesIntact(context.health().counters().entriesDamaged());
      context.health().degraded("expected", "expected");
      context.health().degradedCleared("expected");
    }

    private static void end(CompletableFuture<?> call) {
      await(call::isDone);
    }

    private static void await(BooleanSupplier condition) {
      while (!condition.getAsBoolean()) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
