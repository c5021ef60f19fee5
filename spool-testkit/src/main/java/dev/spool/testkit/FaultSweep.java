package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.torture.Content;
import dev.spool.torture.Fault;
import dev.spool.torture.Oracle;
import dev.spool.torture.Payloads;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * Tries one kind of fault at each operation of the disk in turn. A try is the life of one small
 * spool: it is filled; it is opened again and used while the fault strikes; it ends by a kill or by
 * a power cut; and it is opened on a sound disk, and compared with what was acknowledged.
 *
 * <p>For one thread.
 */
final class FaultSweep {
  private static final int LONGEST = 6000;

  /** A root that no other spool of this process has had. */
  private static final AtomicLong ROOTS = new AtomicLong();

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

  /** The errors that a disk gives, as the JDK tells them. */
  private static final List<String> ERRORS =
      List.of(
          "Input/output error",
          "No space left on device",
          "Disk quota exceeded",
          "Read-only file system",
          "Too many open files",
          "Permission denied");

  private final BiFunction<Disk, Path, Spool> opening;
  private final Kind kind;
  private long runs;
  private long acknowledged;

  FaultSweep(BiFunction<Disk, Path, Spool> opening, Kind kind) {
    this.opening = opening;
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
    return runs + " faults met, " + acknowledged + " writes acknowledged";
  }

  /** Tries the fault at every operation. */
  void run() {
    boolean anyError = kind == Kind.ONCE || kind == Kind.FROM_THEN_ON;
    int step = step();
    for (int round = 0; round < seeds(); round++) {
      long seed = Stress.seed() + round;
      boolean met = true;
      for (int k = 1; met; k += step) {
        int first = Stress.isLong() && anyError ? 0 : k / step % ERRORS.size();
        int last = Stress.isLong() && anyError ? ERRORS.size() - 1 : first;
        for (int error = first; error <= last; error++) {
          Life life = new Life(seed * 100_003 + k, k, ERRORS.get(error));
          met = life.live();
          acknowledged += life.oracle.acknowledged();
          runs += met ? 1 : 0;
        }
      }
    }
  }

  /** Of how many operations one is tried. */
  private int step() {
    return switch (kind) {
      case ONCE -> Stress.isAgain() ? 3 : 1;
      case FROM_THEN_ON -> Stress.isAgain() ? 6 : Stress.count(2, 1);
      case SHORT_WRITE, DROPPING_FORCE, POWER -> 1;
    };
  }

  /** Of forces and changes there are fewer than of operations. */
  private int seeds() {
    return switch (kind) {
      case ONCE, FROM_THEN_ON -> Stress.count(1, 5);
      case SHORT_WRITE -> Stress.count(3, 50);
      case DROPPING_FORCE -> Stress.isAgain() ? 3 : Stress.count(8, 300);
      case POWER -> Stress.isAgain() ? 1 : Stress.count(3, 200);
    };
  }

  /** One spool. */
  private final class Life {
    private final long seed;
    private final int k;
    private final String error;
    private final SplittableRandom random;
    private final PowerCutDisk power;
    private final FaultyDisk faulty;
    private final Disk disk;
    private final Path root = Path.of("/fault-sweep-" + ROOTS.incrementAndGet());
    private final Oracle oracle;
    private final Payloads payloads;
    private final List<SpoolId> ids = new ArrayList<>();
    private final AtomicLong forces = new AtomicLong();
    private volatile long droppingForce;
    private long generations;

    Life(long seed, int k, String error) {
      this.seed = seed;
      this.k = k;
      this.error = error;
      this.random = new SplittableRandom(seed);
      this.power = new PowerCutDisk(random.split());
      this.faulty = new FaultyDisk(mortal(Disk.class, power));
      this.disk = faulty;
      this.payloads = new Payloads(seed, LONGEST);
      this.oracle = Oracle.ofPowerCuts(payloads);
      for (int i = 0; i < 6; i++) {
        ids.add(SpoolId.at(Instant.ofEpochMilli(1_700_000_000_000L + i * 100L)));
      }
    }

    /**
     * What the power leaves behind is a device that fails, as long as the process runs; and a force
     * that is to drop what it forces does.
     */
    private <T> T mortal(Class<T> type, T to) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                if (method.getName().equals("force") && forces.incrementAndGet() == droppingForce) {
                  power.failNextForce();
                }
                try {
                  Object result = method.invoke(to, arguments);
                  return result instanceof DiskFile file ? mortal(DiskFile.class, file) : result;
                } catch (InvocationTargetException e) {
                  if (e.getCause() instanceof PowerCutDisk.PowerFailure) {
                    throw new IOException("Input/output error");
                  }
                  throw e.getCause();
                }
              }));
    }

    /** Returns whether the fault was met. */
    boolean live() {
      try {
        fill();
        long operations = faulty.operations();
        long changes = power.changes();
        long writes = faulty.count(FaultyDisk.Operation.WRITE);
        long forcesBefore = forces.get();
        arm();
        use();
        boolean met =
            switch (kind) {
              case ONCE, FROM_THEN_ON -> faulty.operations() - operations >= k;
              case SHORT_WRITE -> faulty.count(FaultyDisk.Operation.WRITE) - writes >= k;
              case DROPPING_FORCE -> forces.get() - forcesBefore >= k;
              case POWER -> power.changes() - changes > k;
            };
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

    private void arm() {
      switch (kind) {
        case ONCE -> faulty.failNth(k, false, () -> new IOException(error));
        case FROM_THEN_ON -> faulty.failNth(k, true, () -> new IOException(error));
        case SHORT_WRITE ->
            faulty.tearNthWrite(k, () -> new IOException("No space left on device"));
        case DROPPING_FORCE -> droppingForce = forces.get() + k;
        case POWER -> power.cutAfter(k);
      }
    }

    private void fill() {
      try (Spool spool = opening.apply(disk, root)) {
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
        spool = opening.apply(disk, root);
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
        }
      } finally {
        settled(spool.shutdown());
      }
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
      faulty.heal();
      droppingForce = 0;
      boolean loses = kind == Kind.POWER || kind == Kind.DROPPING_FORCE;
      if (loses || random.nextBoolean()) {
        power.restart();
        oracle.struck(Fault.POWER_CUT);
      } else {
        power.kill();
        oracle.struck(Fault.KILL);
      }
    }

    private void compare() {
      try (Spool spool = opening.apply(disk, root)) {
        scan(spool, true);
        ids.forEach(id -> load(spool, id));
        Check.get(spool.store(ids.get(5), payloads.bytes(ids.get(5), ++generations)));
      }
    }
  }
}
