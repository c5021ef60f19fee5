package dev.spool.testkit;

import dev.spool.Spool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A {@link FaultyMount}, for all spools. One that cannot be closed, as its disk is gone, goes on in
 * this process; it finds nothing of what comes after it.
 */
final class MountedStage implements FaultStage {
  private final FaultyMount mount;
  private final Opening opening;
  private boolean armed;
  private FaultSweep.Kind kind = FaultSweep.Kind.ONCE;
  private long changes;
  private boolean isThere;

  /** Opens a spool. */
  @FunctionalInterface
  interface Opening {
    Spool open(Path directory, Map<String, String> settings);
  }

  MountedStage(FaultyMount mount, Opening opening) {
    this.mount = mount;
    this.opening = opening;
  }

  @Override
  public void clear(SplittableRandom random) {
    mount.clear(random.nextLong());
  }

  private Path root() {
    return root(mount.directory());
  }

  /** Returns where the spool is, of a file system that is mounted there. */
  static Path root(Path mounted) {
    return mounted.resolve("home").resolve("spool");
  }

  @Override
  public void plant(FaultSweep.Beginning beginning) {
    isThere = beginning == FaultSweep.Beginning.SOMEBODYS;
    try {
      plant(root().resolveSibling("somebodys"));
      if (beginning == FaultSweep.Beginning.EMPTY) {
        Files.createDirectory(root());
      }
      if (isThere) {
        plant(root().resolve("somebodys"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void plant(Path file) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    try (FileChannel planted =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      int unused = planted.write(ByteBuffer.wrap(SOMEBODYS.getBytes(StandardCharsets.UTF_8)));
      planted.force(true);
    }
  }

  @Override
  public boolean isAsPlanted() {
    try {
      Set<String> beside = names(Objects.requireNonNull(root().getParent()));
      beside.remove("spool");
      Path within = root().resolve("somebodys");
      return beside.equals(Set.of("somebodys"))
          && Files.readString(root().resolveSibling("somebodys")).equals(SOMEBODYS)
          && (!isThere
              || (Files.readString(within).equals(SOMEBODYS)
                  && names(root()).equals(Set.of("somebodys"))));
    } catch (IOException e) {
      return false;
    }
  }

  private static Set<String> names(Path directory) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(path -> names.add(String.valueOf(path.getFileName())));
    }
    return names;
  }

  /** While there may be a fault, it gives up soon what waits for a disk that has failed. */
  @Override
  public Spool open() {
    return opening.open(root(mount.directoryOfThisLife()), armed ? kind.impatience() : Map.of());
  }

  @Override
  public void arm(FaultSweep.Kind fault, int k, Errno error) {
    armed = true;
    kind = fault;
    switch (kind) {
      case ONCE -> mount.failNth(k, false, error);
      case FROM_THEN_ON -> mount.failNth(k, true, error);
      case SHORT_WRITE -> mount.shortenNthWrite(k);
      case WRITE_IN_PART -> mount.writeNthInPart(k);
      case DROPPING_FORCE -> mount.dropNthForce(k);
      case DROPPING_DIRECTORY_FORCE -> mount.dropNthDirectoryForce(k);
      case SLOW -> mount.holdNth(k);
      case POWER -> {
        changes = mount.counts().changes() + 1;
        mount.cutAfter(k);
      }
      case KILL -> throw new IllegalArgumentException("not within this process: " + kind);
    }
  }

  @Override
  public long operations() {
    FaultyMount.Counts counts = mount.counts();
    return switch (kind) {
      case ONCE, FROM_THEN_ON, SLOW -> counts.calls();
      case SHORT_WRITE, WRITE_IN_PART -> counts.writes();
      case DROPPING_FORCE -> counts.forces();
      case DROPPING_DIRECTORY_FORCE -> counts.directoryForces();
      case KILL -> counts.changing();
      case POWER -> counts.changes() - changes;
    };
  }

  @Override
  public void release() {
    mount.release();
  }

  @Override
  public void end(boolean powerCut) {
    armed = false;
    mount.heal();
    mount.release();
    if (powerCut) {
      mount.restart();
    } else {
      mount.kill();
    }
  }
}
