package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSync;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** A disk in this process, for spools whose every file call goes through {@link Disk}. */
final class SimulatedStage implements FaultStage {
  /** A root that no other spool of this process has had. */
  private static final AtomicLong ROOTS = new AtomicLong();

  private final Opening opening;
  private final AtomicLong forces = new AtomicLong();
  private final AtomicLong directoryForces = new AtomicLong();
  private PowerCutDisk power = new PowerCutDisk(new SplittableRandom(0));
  private FaultyDisk faulty = new FaultyDisk(power);
  private Path root = Path.of("/");
  private FaultSweep.Kind kind = FaultSweep.Kind.ONCE;
  private boolean armed;
  private boolean isThere;
  private long before;

  /** The force that drops what it is to force; 0 for none. */
  private volatile long droppingForce;

  /** The force of a directory that does; 0 for none. */
  private volatile long droppingDirectoryForce;

  /** Opens a spool. */
  @FunctionalInterface
  interface Opening {
    Spool open(Disk disk, Path directory, Map<String, String> settings);
  }

  SimulatedStage(Opening opening) {
    this.opening = opening;
  }

  @Override
  public void clear(SplittableRandom random) {
    power = new PowerCutDisk(random);
    faulty = new FaultyDisk(mortal(Disk.class, power, power));
    root = Path.of("/fault-sweep-" + ROOTS.incrementAndGet(), "spool");
    armed = false;
  }

  @Override
  public void plant(FaultSweep.Beginning beginning) {
    isThere = beginning == FaultSweep.Beginning.SOMEBODYS;
    try {
      plant(root.resolveSibling("somebodys"));
      if (beginning == FaultSweep.Beginning.EMPTY) {
        power.createDirectories(root);
      }
      if (isThere) {
        plant(root.resolve("somebodys"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void plant(Path file) throws IOException {
    power.createDirectories(Objects.requireNonNull(file.getParent()));
    try (DiskFile planted = power.create(file)) {
      planted.write(ByteBuffer.wrap(SOMEBODYS.getBytes(StandardCharsets.UTF_8)), 0);
      planted.force(true);
    }
    power.forceDirectory(Objects.requireNonNull(file.getParent()));
  }

  @Override
  public boolean isAsPlanted() {
    try {
      Path beside = Objects.requireNonNull(root.getParent());
      return isPlanted(root.resolveSibling("somebodys"))
          && names(beside).stream()
              .allMatch(name -> name.equals("somebodys") || name.equals("spool"))
          && (!isThere
              || (isPlanted(root.resolve("somebodys")) && names(root).equals(Set.of("somebodys"))));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isPlanted(Path file) throws IOException {
    byte[] expected = SOMEBODYS.getBytes(StandardCharsets.UTF_8);
    ByteBuffer found = ByteBuffer.allocate(expected.length + 1);
    try (DiskFile planted = power.openRead(file)) {
      return planted.read(found, 0) == expected.length
          && found.flip().equals(ByteBuffer.wrap(expected));
    }
  }

  private Set<String> names(Path directory) throws IOException {
    Set<String> names = new HashSet<>();
    power.list(directory, entry -> names.add(String.valueOf(entry.getFileName())));
    return names;
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
              if (method.getName().equals("forceDirectory")
                  && directoryForces.incrementAndGet() == droppingDirectoryForce) {
                disk.failNextDirectoryForce();
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
    boolean impatient = armed && kind == FaultSweep.Kind.SLOW;
    return opening.open(faulty, root, impatient ? kind.impatience() : Map.of());
  }

  @Override
  public void arm(FaultSweep.Kind fault, int k, Errno error) {
    kind = fault;
    armed = true;
    before = count();
    switch (kind) {
      case ONCE -> faulty.failNth(k, false, () -> new IOException(error.words()));
      case FROM_THEN_ON -> faulty.failNth(k, true, () -> new IOException(error.words()));
      case SHORT_WRITE -> faulty.tearNthWrite(k, () -> new IOException(Errno.ENOSPC.words()));
      case DROPPING_FORCE -> droppingForce = before + k;
      case DROPPING_DIRECTORY_FORCE -> droppingDirectoryForce = before + k;
      case SLOW -> faulty.holdNth(k);
      case POWER -> {
        power.cutAfter(k);
        before++;
      }
      case WRITE_IN_PART, KILL -> throw new IllegalArgumentException("not beneath a Disk: " + kind);
    }
  }

  /** Returns how many operations there were that the fault is for. */
  private long count() {
    return switch (kind) {
      case ONCE, FROM_THEN_ON, SLOW -> faulty.operations();
      case SHORT_WRITE -> faulty.count(FaultyDisk.Operation.WRITE);
      case DROPPING_FORCE -> forces.get();
      case DROPPING_DIRECTORY_FORCE -> directoryForces.get();
      case POWER -> power.changes();
      case WRITE_IN_PART, KILL -> throw new IllegalArgumentException("not beneath a Disk: " + kind);
    };
  }

  @Override
  public long operations() {
    return count() - before;
  }

  @Override
  public void release() {
    faulty.release();
  }

  @Override
  public void end(boolean powerCut) {
    armed = false;
    faulty.heal();
    droppingForce = 0;
    droppingDirectoryForce = 0;
    if (powerCut) {
      power.restart();
    } else {
      power.kill();
    }
  }
}
