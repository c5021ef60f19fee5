package dev.spool.filesystem;

import static dev.spool.SpoolException.Outcome.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSync;
import dev.spool.testkit.FaultContract;
import dev.spool.testkit.ForwardingSpool;
import dev.spool.testkit.PowerCutDisk;
import dev.spool.testkit.Stress;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Faults at every operation find a backend that leaves out, or does again, what keeps its promises:
 * what it calls on the disk is left out here.
 */
class FaultContractBitesTest {

  /** Does a call, or something else. */
  @FunctionalInterface
  private interface Mutation {
    Object call(String method, Step step) throws IOException;
  }

  /** The call as it is. */
  @FunctionalInterface
  private interface Step {
    Object run() throws IOException;
  }

  private static <T> T mutated(Class<T> type, T to, Mutation mutation) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object result =
                  mutation.call(
                      method.getName(),
                      () -> {
                        try {
                          return method.invoke(to, arguments);
                        } catch (InvocationTargetException e) {
                          if (e.getCause() instanceof IOException io) {
                            throw io;
                          }
                          throw new AssertionError(e.getCause());
                        } catch (IllegalAccessException e) {
                          throw new AssertionError(e);
                        }
                      });
              return result instanceof DiskFile file
                  ? mutated(DiskFile.class, file, mutation)
                  : result;
            }));
  }

  private static FaultContract mutated(Mutation mutation) {
    return (disk, directory, settings) ->
        open(mutated(Disk.class, disk, mutation), directory, settings);
  }

  private static FileSpool open(Disk disk, Path directory, Map<String, String> settings) {
    return FileSpool.builder(directory)
        .disk(disk)
        .settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0"))
        .settings(settings)
        .open();
  }

  private static FaultContract without(String left) {
    return mutated((method, step) -> method.equals(left) ? null : step.run());
  }

  @Test
  void directoryForceThatIsLeftOut() {
    assertThatThrownBy(without("forceDirectory")::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void forceThatIsLeftOut() {
    assertThatThrownBy(without("force")::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failedForceThatIsRetried() {
    FaultContract retrying =
        mutated(
            (method, step) -> {
              try {
                return step.run();
              } catch (IOException e) {
                if (method.equals("force")) {
                  return step.run();
                }
                throw e;
              }
            });
    assertThatThrownBy(retrying::everyForceFailsAndDropsWhatItWasToForce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failureThatIsSwallowed() {
    FaultContract swallowing =
        mutated(
            (method, step) -> {
              try {
                return step.run();
              } catch (IOException e) {
                if (method.equals("write") || method.equals("rename")) {
                  return null;
                }
                throw e;
              }
            });
    assertThatThrownBy(swallowing::everyOperationFailsOnce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failedForceBehindABufferedStoreThatIsSwallowed() {
    FaultContract swallowing =
        (disk, directory, settings) ->
            new ForcesUnasked(open(disk, directory, settings), disk, new FileLayout(directory));
    assertThatThrownBy(swallowing::everyForceFailsAndDropsWhatItWasToForce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  /** What was stored as BUFFERED is forced, and nobody is told if that fails. */
  private static final class ForcesUnasked extends ForwardingSpool {
    private final Disk disk;
    private final FileLayout layout;

    ForcesUnasked(Spool wrapped, Disk disk, FileLayout layout) {
      super(wrapped);
      this.disk = disk;
      this.layout = layout;
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      CompletableFuture<Void> stored = wrapped.store(id, data, durability, deadline);
      return durability == Durability.BUFFERED ? stored.thenRun(() -> force(id)) : stored;
    }

    private void force(SpoolId id) {
      try (DiskFile file = disk.openRead(layout.file(id))) {
        file.force(true);
      } catch (IOException e) {
        return; // swallowed: a later force succeeds, and means nothing
      }
    }
  }

  @Test
  void spoolThatWasNeverIllHasNotRecovered() {
    FaultContract neverIll =
        (disk, directory, settings) ->
            new NeverIll(open(disk, directory, Map.of("errorUnlatchDuration", "0")));
    assertThatThrownBy(neverIll::spoolThatHasRecoveredRestsOnNothingThatWasDropped)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("recovered, replaced, compacted");
  }

  /** Has failed calls, and no illness that anybody could see. */
  private static final class NeverIll extends ForwardingSpool {
    NeverIll(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      while (wrapped.unhealthyReason() != null && !Thread.currentThread().isInterrupted()) {
        LockSupport.parkNanos(1_000_000);
      }
      return wrapped.store(id, data, durability, deadline);
    }

    @Override
    public @Nullable String unhealthyReason() {
      return null;
    }

    @Override
    public SpoolHealth health() {
      return new SpoolHealth(SpoolHealth.State.HEALTHY, null, null, Instant.EPOCH);
    }

    @Override
    public SpoolStats stats() {
      return new SpoolStats("spool", "file", List.of());
    }
  }

  @Test
  void forceOfAllFilesThatIsLeftOut() {
    assertThat(lostAfterSomeForcesTogether((power, sync) -> true)).isPositive();
  }

  @Test
  void failedForceOfAllFilesThatIsBelieved() {
    assertThat(
            lostAfterSomeForcesTogether(
                (power, sync) -> {
                  power.failNextForce();
                  boolean unused = sync.force();
                  return true;
                }))
        .isPositive();
  }

  /** How many files are forced together follows from how busy the machine is. */
  private static long lostAfterSomeForcesTogether(BiPredicate<PowerCutDisk, DiskSync> force) {
    long lost = 0;
    for (int i = 0; lost == 0 && i < 20; i++) {
      lost = lostAfterForcesTogether(force);
    }
    return lost;
  }

  /** Nor is one that says so: each file then tells of itself. */
  @Test
  void failedForceOfAllFilesLosesNothing() {
    assertThat(
            lostAfterForcesTogether(
                (power, sync) -> {
                  power.failNextForce();
                  return sync.force();
                }))
        .isZero();
  }

  /**
   * Stores many messages at once, and lets the power fail.
   *
   * @param force how all files are forced together
   * @return how many were acknowledged, and are not there
   */
  private static long lostAfterForcesTogether(BiPredicate<PowerCutDisk, DiskSync> force) {
    PowerCutDisk power = new PowerCutDisk(new SplittableRandom(1));
    Path root = Path.of("/forced-together");
    AtomicInteger forces = new AtomicInteger();
    Disk disk =
        mutated(
            Disk.class,
            power,
            (method, step) ->
                method.equals("openSync") && step.run() instanceof DiskSync sync
                    ? new DiskSync() {
                      @Override
                      public boolean force() {
                        forces.incrementAndGet();
                        return force.test(power, sync);
                      }

                      @Override
                      public void close() {
                        sync.close();
                      }
                    }
                    : step.run());
    List<SpoolId> ids = Stream.generate(TestSpools::id).limit(200).toList();
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    FileSpool spool = open(disk, root, Map.of());
    ids.forEach(id -> stores.add(spool.store(id, new byte[100])));
    CompletableFuture.allOf(stores.toArray(CompletableFuture[]::new))
        .exceptionally(failure -> null)
        .join();
    assertThat(forces).hasPositiveValue();
    power.restart(); // all that the process does from here on fails
    CompletableFuture<String> closed = spool.shutdown().handle((nothing, failure) -> "closed");
    assertThat(closed.join()).isEqualTo("closed");
    try (FileSpool again = open(power, root, Map.of())) {
      return IntStream.range(0, ids.size())
          .filter(i -> !stores.get(i).isCompletedExceptionally())
          .filter(i -> again.load(ids.get(i)).handle((data, failure) -> failure != null).join())
          .count();
    }
  }

  @Test
  void failedForceOfADirectoryThatIsRetried() {
    FaultContract retrying =
        mutated(
            (method, step) -> {
              try {
                return step.run();
              } catch (IOException e) {
                if (method.equals("forceDirectory")) {
                  return step.run();
                }
                throw e;
              }
            });
    assertThatThrownBy(retrying::everyForceOfADirectoryFailsAndDropsWhatItWasToForce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("DROPPING_DIRECTORY_FORCE"); // a message is lost, or is there again
  }

  @Test
  void directoryForceThatIsLeftOutWhileASpoolIsMade() {
    assertThatThrownBy(without("forceDirectory")::faultsWhileASpoolIsMade)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NEW"); // what was stored is lost, or the marker of the spool
  }

  /** A spool around an honest one. */
  private static FaultContract around(UnaryOperator<Spool> liar) {
    return (disk, directory, settings) -> liar.apply(open(disk, directory, settings));
  }

  @Test
  void failureOfAScanThatIsSwallowed() {
    FaultContract swallowing = around(SwallowingScans::new);
    assertThatThrownBy(swallowing::everyOperationFailsFromThenOn)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  /** What it says says how to find it again, too. */
  @Test
  void damageThatIsReportedWhereNothingIsDamaged() {
    FaultContract accusing = around(AccusingScans::new);
    assertThatThrownBy(accusing::everyOperationFailsOnce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("damage, where nothing was damaged: somewhere: nobody knows what")
        .hasMessageContaining("-Dspool.seed=" + Stress.seed() + ",");
  }

  /** A scan finds damage that is of no message. */
  private static final class AccusingScans extends ForwardingSpool {
    AccusingScans(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      boolean unused = channel.send(new SpoolEntry.Corrupt(null, "somewhere", "nobody knows what"));
      return wrapped.enumerate(channel, startTime);
    }
  }

  /** A scan that fails looks complete. */
  private static final class SwallowingScans extends ForwardingSpool {
    SwallowingScans(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      EntryChannel inner = EntryChannel.bounded(1000, 1 << 20);
      return wrapped
          .enumerate(inner, startTime)
          .handle(
              (report, failure) -> {
                try {
                  for (SpoolEntry entry : inner) {
                    boolean unused = channel.send(entry);
                  }
                } catch (SpoolException e) {
                  // swallowed
                }
                channel.complete();
                return report == null ? new ScanReport(0, 0, 0, Duration.ZERO) : report;
              });
    }
  }

  @Test
  void shutdownThatForcesNothing() {
    FaultContract forgetful =
        lazy(
            (spool, lazy) ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> shutdown() {
                    lazy.set(true);
                    return wrapped.shutdown();
                  }
                });
    assertThatThrownBy(forgetful::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void compactionThatForcesNothing() {
    FaultContract forgetful =
        lazy(
            (spool, lazy) ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<CompactionReport> compact() {
                    lazy.set(true);
                    return wrapped.compact().whenComplete((report, failure) -> lazy.set(false));
                  }
                });
    assertThatThrownBy(forgetful::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  /** Around an honest one, whose disk forces nothing while it is told to be lazy. */
  private static FaultContract lazy(BiFunction<Spool, AtomicBoolean, Spool> liar) {
    return (disk, directory, settings) -> {
      AtomicBoolean lazy = new AtomicBoolean();
      Mutation idle =
          (method, step) -> lazy.get() && method.startsWith("force") ? null : step.run();
      return liar.apply(open(mutated(Disk.class, disk, idle), directory, settings), lazy);
    };
  }

  /** Around an honest one, on a disk that is slow often enough to make stores fail. */
  private static FaultContract oftenSlow(UnaryOperator<Spool> liar) {
    return new FaultContract() {
      @Override
      public Spool openOn(Disk disk, Path directory, Map<String, String> settings) {
        return liar.apply(open(disk, directory, settings));
      }

      @Override
      public int slowOperations() {
        return 100;
      }
    };
  }

  @Test
  void storeThatIsTriedAgainLater() {
    FaultContract late = oftenSlow(TriesAgainLater::new);
    assertThatThrownBy(late::slowOperationHoldsNobodyUp)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the last write of it was");
  }

  /** What has failed as unknown is stored once more, when it is too late. */
  private static final class TriesAgainLater extends ForwardingSpool {
    private final Queue<Runnable> again = new ConcurrentLinkedQueue<>();

    TriesAgainLater(Spool wrapped) {
      super(wrapped);
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      return wrapped
          .store(id, data, durability, deadline)
          .whenComplete(
              (nothing, failure) -> {
                if (failure != null && SpoolException.unwrap(failure).outcome() == UNKNOWN) {
                  again.add(() -> wrapped.store(id, data, durability, null).join());
                }
              });
    }

    @Override
    public CompletableFuture<Void> shutdown() {
      again.forEach(Runnable::run);
      return wrapped.shutdown();
    }
  }

  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true", // it waits for what never comes
      disabledReason = "skipped: in the long form only, -Pstress")
  void spoolThatSaysNothingOfASlowDisk() {
    FaultContract silent =
        oftenSlow(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public @Nullable String unhealthyReason() {
                    return null;
                  }
                });
    assertThatThrownBy(silent::slowOperationHoldsNobodyUp)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("nothing is said");
  }

  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true", // it waits for what never comes
      disabledReason = "skipped: in the long form only, -Pstress")
  void spoolWithoutDeadlines() {
    FaultContract patient = (disk, directory, settings) -> open(disk, directory, Map.of());
    assertThatThrownBy(patient::slowOperationHoldsNobodyUp)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has not ended");
  }

  @Test
  void openingThatTidiesUpWhenItFails() {
    FaultContract tidy =
        (disk, directory, settings) -> {
          try {
            return open(disk, directory, settings);
          } catch (SpoolException e) {
            delete(disk, directory);
            throw e;
          }
        };
    assertThatThrownBy(tidy::faultsWhileASpoolIsMade)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("somebody else's was");
  }

  private static void delete(Disk disk, Path directory) {
    try {
      disk.list(directory, disk::deleteIfExists);
    } catch (IOException e) {
      return; // there is nothing to tidy up
    }
  }
}
