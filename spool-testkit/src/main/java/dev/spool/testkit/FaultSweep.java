package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.torture.Content;
import dev.spool.torture.Fault;
import dev.spool.torture.Oracle;
import dev.spool.torture.Payloads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Tries one kind of fault at each operation of the disk in turn. A try is the life of one small
 * spool: it is filled; it is opened again and used while the fault strikes; it ends by a kill or by
 * a power cut; and it is opened on a sound disk, and compared with what was acknowledged.
 *
 * <p>For one thread.
 */
final class FaultSweep {
  private static final int LONGEST = 6000;

  /** When so many faults one after the other were not met, lives are shorter than that. */
  private static final int MISSED = 5;

  /** What fails, and how. */
  enum Kind {
    /** One operation fails, and writes nothing. */
    ONCE,
    /** An operation fails, and all after it. */
    FROM_THEN_ON,
    /** A write is cut short. */
    SHORT_WRITE,
    /**
     * A force of a file fails, and what it was to force is dropped: it is still read, later forces
     * succeed, and it never reaches the device, as on ext4.
     */
    DROPPING_FORCE,
    /** The power fails. */
    POWER
  }

  /** The errors that a disk gives. */
  private static final List<Errno> ERRORS =
      List.of(Errno.EIO, Errno.ENOSPC, Errno.EDQUOT, Errno.EROFS, Errno.EMFILE, Errno.EACCES);

  /** After a force that failed, a spool is waited for so long; in the long form only. */
  private static final long RECOVERY_NANOS = 3_000_000_000L;

  private final FaultStage stage;
  private final Kind kind;
  private long runs;
  private long recovered;
  private long acknowledged;

  FaultSweep(FaultStage stage, Kind kind) {
    this.stage = stage;
    this.kind = kind;
  }

  /** Returns how many faults were met. */
  long runs() {
    return runs;
  }

  /** Returns how many writes were acknowledged. */
  long acknowledged() {
    return acknowledged;
  }

  @Override
  public String toString() {
    return runs
        + " faults met, "
        + acknowledged
        + " writes acknowledged"
        + (recovered > 0 ? ", " + recovered + " times healthy again in the same life" : "");
  }

  /** Tries the fault at every {@code step}th operation, over so many seeds. */
  void run(int step, int seeds) {
    boolean anyError = kind == Kind.ONCE || kind == Kind.FROM_THEN_ON;
    for (int round = 0; round < seeds; round++) {
      long seed = Stress.seed() + round;
      int missed = 0;
      for (int k = 1; missed < MISSED; k += step) {
        boolean met = true;
        int first = Stress.isLong() && anyError ? 0 : k / step % ERRORS.size();
        int last = Stress.isLong() && anyError ? ERRORS.size() - 1 : first;
        for (int error = first; error <= last; error++) {
          met &= live(seed * 100_003 + k, k, ERRORS.get(error));
        }
        missed = met ? 0 : missed + 1;
      }
    }
  }

  /**
   * Tries the fault at so many operations, evenly among those that there are; at each if there are
   * fewer. How many there are is found by a life without a fault; another may have somewhat fewer.
   */
  void sample(int most, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    boolean unused = live(random.nextLong(), Integer.MAX_VALUE, Errno.EIO);
    double step = Math.max(1, 0.75 * stage.operations() / most);
    int first = random.nextInt((int) step);
    int missed = 0;
    for (int i = 0; i < most && missed < MISSED; i++) {
      int k = 1 + first + (int) (i * step);
      boolean met = live(random.nextLong(), k, ERRORS.get(i % ERRORS.size()));
      missed = met || step > 1 ? 0 : missed + 1;
    }
  }

  /** Returns whether the fault was met. */
  private boolean live(long seed, int k, Errno error) {
    Life life = new Life(seed, k, error);
    boolean met = life.live();
    acknowledged += life.oracle.acknowledged();
    runs += met ? 1 : 0;
    return met;
  }

  /** One spool. */
  private final class Life {
    private final long seed;
    private final int k;
    private final Errno error;
    private final SplittableRandom random;
    private final Oracle oracle;
    private final Payloads payloads;
    private final List<SpoolId> ids = new ArrayList<>();
    private long generations;

    Life(long seed, int k, Errno error) {
      this.seed = seed;
      this.k = k;
      this.error = error;
      this.random = new SplittableRandom(seed);
      this.payloads = new Payloads(seed, LONGEST);
      this.oracle = Oracle.ofPowerCuts(payloads);
      for (int i = 0; i < 6; i++) {
        ids.add(SpoolId.at(Instant.ofEpochMilli(1_700_000_000_000L + i * 100L)));
      }
    }

    /** Returns whether the fault was met. */
    boolean live() {
      try {
        stage.clear(random.split());
        fill();
        stage.arm(kind, k, error);
        use();
        boolean met = stage.operations() >= k;
        end();
        compare();
        if (oracle.violations() > 0) {
          throw new AssertionError(String.join("\n", oracle.shownViolations()));
        }
        return met;
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            kind + " at operation " + k + ", " + error + ", seed " + seed + ": " + e.getMessage(),
            e);
      }
    }

    private void fill() {
      try (Spool spool = stage.open()) {
        for (SpoolId id : ids.subList(0, 4)) {
          write(spool, id, false, Durability.SYNC).join();
        }
        write(spool, ids.get(0), false, Durability.BUFFERED).join();
      }
    }

    /** Opens it and does everything that there is, whatever fails. */
    private void use() {
      Spool spool;
      try {
        spool = stage.open();
      } catch (SpoolException e) {
        return; // refused, with a typed error
      }
      try {
        for (int round = 0; round < 3; round++) {
          List<CompletableFuture<Void>> writes = new ArrayList<>();
          for (SpoolId id : ids) {
            int what = random.nextInt(6);
            Durability level = random.nextInt(3) == 0 ? Durability.BUFFERED : Durability.SYNC;
            if (what < 4) {
              writes.add(write(spool, id, what == 0, level));
            } else {
              load(spool, id);
            }
          }
          writes.forEach(CompletableFuture::join);
          ids.forEach(id -> load(spool, id));
          scan(spool, false);
          settled(round == 1 ? spool.compact() : spool.cleanup());
          if (kind == Kind.DROPPING_FORCE && Stress.isLong()) {
            awaitHealth(spool);
          }
        }
      } finally {
        settled(spool.shutdown());
      }
    }

    /** It reopens in place if it can; what follows is acknowledged again, and may replace. */
    private void awaitHealth(Spool spool) {
      boolean ill = spool.unhealthyReason() != null;
      long end = System.nanoTime() + RECOVERY_NANOS;
      while (spool.unhealthyReason() != null && System.nanoTime() - end < 0) {
        LockSupport.parkNanos(1_000_000);
      }
      recovered += ill && spool.unhealthyReason() == null ? 1 : 0;
    }

    /** Maintenance may fail, with a typed error. */
    private void settled(CompletableFuture<?> call) {
      try {
        Check.get(call);
      } catch (SpoolException e) {
        return; // as it may
      }
    }

    private CompletableFuture<Void> write(
        Spool spool, SpoolId id, boolean removal, Durability level) {
      long generation = ++generations;
      Oracle.Write write = removal ? oracle.removing(id) : oracle.storing(id, generation);
      CompletableFuture<Void> call =
          removal
              ? spool.remove(id, level, null)
              : spool.store(id, payloads.bytes(id, generation), level, null);
      return call.handle(
          (nothing, failure) -> {
            if (failure == null) {
              write.acknowledged(level);
            } else {
              write.failed(SpoolException.unwrap(failure).outcome());
            }
            return null;
          });
    }

    private void load(Spool spool, SpoolId id) {
      Oracle.Reading reading = oracle.reading();
      try {
        reading.loaded(id, Content.of(Check.get(spool.load(id))));
      } catch (MessageNotFoundException e) {
        reading.loaded(id, Content.ABSENT);
      } catch (MessageCorruptException e) {
        reading.damaged(id);
        reading.abandon();
      } catch (SpoolException e) {
        reading.abandon(); // it cannot be read now
      }
    }

    /** Scans; it may fail only while there is a fault. */
    private void scan(Spool spool, boolean sound) {
      Oracle.Reading reading = oracle.reading();
      EntryChannel channel = EntryChannel.bounded(8, 1 << 20);
      CompletableFuture<?> scan = spool.enumerate(channel);
      try {
        for (SpoolEntry entry : channel) {
          if (entry instanceof SpoolEntry.Item item) {
            reading.scanned(item.id(), Content.of(item.data()));
          } else if (entry instanceof SpoolEntry.Corrupt corrupt && corrupt.id() != null) {
            reading.damaged(corrupt.id());
          }
        }
        Check.get(scan);
        reading.scannedAll();
      } catch (SpoolException e) {
        reading.abandon();
        if (sound) {
          throw e;
        }
      }
    }

    /** The fault is over, and the process with it, and perhaps the power. */
    private void end() {
      boolean loses = kind == Kind.POWER || kind == Kind.DROPPING_FORCE;
      boolean powerCut = loses || random.nextBoolean();
      stage.end(powerCut);
      oracle.struck(powerCut ? Fault.POWER_CUT : Fault.KILL);
    }

    private void compare() {
      try (Spool spool = stage.open()) {
        scan(spool, true);
        ids.forEach(id -> load(spool, id));
        Check.get(spool.store(ids.get(5), payloads.bytes(ids.get(5), ++generations)));
      }
    }
  }
}
