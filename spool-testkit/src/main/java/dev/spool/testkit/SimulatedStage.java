package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSync;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/** A disk in this process, for spools whose every file call goes through {@link Disk}. */
final class SimulatedStage implements FaultStage {
  /** A root that no other spool of this process has had. */
  private static final AtomicLong ROOTS = new AtomicLong();

  private final BiFunction<Disk, Path, Spool> opening;
  private final AtomicLong forces = new AtomicLong();
  private PowerCutDisk power = new PowerCutDisk(new SplittableRandom(0));
  private FaultyDisk faulty = new FaultyDisk(power);
  private Path root = Path.of("/");
  private FaultSweep.Kind kind = FaultSweep.Kind.ONCE;
  private long before;

  /** The force that drops what it is to force; 0 for none. */
  private volatile long droppingForce;

  SimulatedStage(BiFunction<Disk, Path, Spool> opening) {
    this.opening = opening;
  }

  @Override
  public void clear(SplittableRandom random) {
    power = new PowerCutDisk(random);
    faulty = new FaultyDisk(mortal(Disk.class, power, power));
    root = Path.of("/fault-sweep-" + ROOTS.incrementAndGet());
  }

  /**
   * What the power leaves behind is a device that fails, as long as the process runs; and a force
   * that is to drop what it forces does.
   */
  private <T> T mortal(Class<T> type, T to, PowerCutDisk disk) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("force") && forces.incrementAndGet() == droppingForce) {
                disk.failNextForce();
              }
              try {
                Object result = method.invoke(to, arguments);
                if (result instanceof DiskSync sync) {
                  return mortal(DiskSync.class, sync, disk);
                }
                return result instanceof DiskFile file
                    ? mortal(DiskFile.class, file, disk)
                    : result;
              } catch (InvocationTargetException e) {
                if (e.getCause() instanceof PowerCutDisk.PowerFailure) {
                  throw new IOException(Errno.EIO.words());
                }
                throw e.getCause();
              }
            }));
  }

  @Override
  public Spool open() {
    return opening.apply(faulty, root);
  }

  @Override
  public void arm(FaultSweep.Kind armed, int k, Errno error) {
    kind = armed;
    before = count();
    switch (kind) {
      case ONCE -> faulty.failNth(k, false, () -> new IOException(error.words()));
      case FROM_THEN_ON -> faulty.failNth(k, true, () -> new IOException(error.words()));
      case SHORT_WRITE -> faulty.tearNthWrite(k, () -> new IOException(Errno.ENOSPC.words()));
      case DROPPING_FORCE -> droppingForce = before + k;
      case POWER -> {
        power.cutAfter(k);
        before++;
      }
    }
  }

  /** Returns how many operations there were that the fault is for. */
  private long count() {
    return switch (kind) {
      case ONCE, FROM_THEN_ON -> faulty.operations();
      case SHORT_WRITE -> faulty.count(FaultyDisk.Operation.WRITE);
      case DROPPING_FORCE -> forces.get();
      case POWER -> power.changes();
    };
  }

  @Override
  public long operations() {
    return count() - before;
  }

  @Override
  public void end(boolean powerCut) {
    faulty.heal();
    droppingForce = 0;
    if (powerCut) {
      power.restart();
    } else {
      power.kill();
    }
  }
}
