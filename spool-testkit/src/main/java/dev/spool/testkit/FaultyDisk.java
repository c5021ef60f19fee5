package dev.spool.testkit;

import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.DiskSync;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Disk} that fails, stalls or is full when it is told to, for tests of backends that take
 * one. It wraps another disk, and while no fault is set every operation goes straight through.
 *
 * <pre>{@code
 * FaultyDisk disk = new FaultyDisk(Disk.system());
 * Spool spool = FileSpool.builder(directory).disk(disk).open();
 * disk.failNext(FaultyDisk.Operation.FORCE, new IOException("Input/output error"));
 * }</pre>
 *
 * <p>Safe for use by any number of threads. An operation that was made to fail does not reach the
 * wrapped disk, unless that is said.
 */
public final class FaultyDisk implements Disk {

  /** The operations that can be made to fail or to wait, and are counted. */
  public enum Operation {
    /** {@link Disk#create}. */
    CREATE,
    /**
     * {@link Disk#openRead}, {@link Disk#openWrite}, {@link Disk#openDirect}, {@link
     * Disk#openDirectory}, and {@link DiskDirectory#openRead}.
     */
    OPEN,
    /** {@link DiskFile#read}. */
    READ,
    /** {@link DiskFile#write}, of one buffer or several. */
    WRITE,
    /** {@link DiskFile#force}. */
    FORCE,
    /** {@link DiskSync#force}, which answers {@code false} when it is made to fail. */
    SYNC,
    /** {@link DiskFile#truncate}. */
    TRUNCATE,
    /**
     * {@link DiskFile#close} and {@link DiskDirectory#close}. A close that fails has closed it
     * nevertheless.
     */
    CLOSE,
    /** {@link DiskFile#tryLock}. */
    LOCK,
    /** {@link Disk#rename}. */
    RENAME,
    /** {@link Disk#deleteIfExists}. */
    DELETE,
    /** {@link Disk#createDirectory} and {@link Disk#createDirectories}. */
    CREATE_DIRECTORY,
    /** {@link Disk#forceDirectory}. */
    FORCE_DIRECTORY,
    /** {@link Disk#list}. */
    LIST,
    /**
     * What only asks: facts, permissions, real paths, lengths, space, the type of the file system.
     */
    ASK
  }

  /** A fault that is in force: once, or until the disk is healed. */
  private record Fault(
      Operation operation,
      Predicate<Path> where,
      Supplier<IOException> failure,
      boolean once,
      boolean torn) {}

  private final Disk wrapped;

  /** Those who are stalled wait here. */
  private final Gate gate = new Gate();

  // Guarded by this.
  private final List<Fault> faults = new ArrayList<>();
  private final EnumSet<Operation> stalled = EnumSet.noneOf(Operation.class);
  private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);
  private @Nullable DiskSpace space;
  private @Nullable NthFault nth;
  private long heldOperation;
  private long operations;

  /** A fault that is in force at one operation, whatever it is, or from that one on. */
  private record NthFault(
      long first, boolean onwards, Supplier<IOException> failure, boolean torn) {
    boolean strikes(long operation, long write) {
      long number = torn ? write : operation;
      return onwards ? number >= first : number == first;
    }
  }

  /** Wraps a disk. */
  public FaultyDisk(Disk wrapped) {
    this.wrapped = Objects.requireNonNull(wrapped, "wrapped");
  }

  // Faults

  /** Makes the next operation of that kind fail. */
  public void failNext(Operation operation, IOException failure) {
    failNext(operation, path -> true, failure);
  }

  /**
   * Makes the next operation of that kind fail that is on such a path; of a rename the path is the
   * old name's.
   */
  public synchronized void failNext(
      Operation operation, Predicate<Path> where, IOException failure) {
    Objects.requireNonNull(failure, "failure");
    faults.add(new Fault(operation, where, () -> failure, true, false));
  }

  /**
   * Makes all operations of that kind fail, until {@link #heal}; each with a failure of its own.
   */
  public synchronized void failAll(Operation operation, Supplier<IOException> failure) {
    faults.add(new Fault(operation, path -> true, failure, false, false));
  }

  /** Makes the next write fail when half of it was written, as on a disk that fills up. */
  public synchronized void tearNextWrite(IOException failure) {
    Objects.requireNonNull(failure, "failure");
    faults.add(new Fault(Operation.WRITE, path -> true, () -> failure, true, true));
  }

  /**
   * Makes the {@code n}th operation from now on fail, whatever it is: 1 is the next one. To be used
   * for every {@code n} up to {@link #operations()}, one after the other.
   *
   * @param onwards whether all after it fail too, until {@link #heal}
   */
  public synchronized void failNth(long n, boolean onwards, Supplier<IOException> failure) {
    nth = new NthFault(operations + n, onwards, failure, false);
  }

  /**
   * Makes the {@code n}th write from now on fail when half of it was written: 1 is the next one.
   */
  public synchronized void tearNthWrite(long n, Supplier<IOException> failure) {
    long writes = counts.getOrDefault(Operation.WRITE, 0L);
    nth = new NthFault(writes + n, false, failure, true);
  }

  /**
   * Makes the {@code n}th operation from now on wait until {@link #release}, whatever it is: 1 is
   * the next one.
   */
  public void holdNth(long n) {
    synchronized (this) {
      heldOperation = operations + n;
    }
    gate.shut();
  }

  /** Answers questions for space with {@code pretended} from now on. */
  public synchronized void space(DiskSpace pretended) {
    space = Objects.requireNonNull(pretended, "pretended");
  }

  /** Makes operations of these kinds wait from now on, until {@link #release}. */
  public void stall(Operation... operations) {
    synchronized (this) {
      stalled.addAll(List.of(operations));
    }
    gate.shut();
  }

  /**
   * Waits until an operation is stalled.
   *
   * @throws AssertionError if none was within a minute
   */
  public void awaitStalled() {
    gate.awaitHeld();
  }

  /** Lets go what is stalled, and stalls no more. */
  public void release() {
    synchronized (this) {
      stalled.clear();
      heldOperation = 0;
    }
    gate.open();
  }

  /** Ends every fault, and lets go what is stalled. */
  public void heal() {
    synchronized (this) {
      faults.clear();
      nth = null;
      space = null;
    }
    release();
  }

  /**
   * Tells how many operations of that kind there were since this disk was made, the failed ones
   * too.
   */
  public synchronized long count(Operation operation) {
    return counts.getOrDefault(operation, 0L);
  }

  /** Tells how many operations of any kind there were since this disk was made. */
  public synchronized long operations() {
    return operations;
  }

  // How an operation goes

  /** Comes before an operation: counts it, holds it, fails it. */
  void before(Operation operation, Path path) throws IOException {
    Fault fault = enter(operation, path);
    if (fault != null) {
      throw fault.failure().get();
    }
  }

  /**
   * Comes before a write: as {@link #before}, but returns a failure that is to be thrown half way.
   */
  @Nullable IOException beforeWrite(Path path) throws IOException {
    Fault fault = enter(Operation.WRITE, path);
    if (fault == null) {
      return null;
    }
    if (!fault.torn()) {
      throw fault.failure().get();
    }
    return fault.failure().get();
  }

  private @Nullable Fault enter(Operation operation, Path path) {
    boolean held;
    long number;
    synchronized (this) {
      number = ++operations;
      counts.merge(operation, 1L, Long::sum);
      held = stalled.contains(operation) || number == heldOperation;
    }
    if (held) {
      gate.pass();
    }
    return take(operation, path, number);
  }

  private synchronized @Nullable Fault take(Operation operation, Path path, long number) {
    NthFault numbered = nth;
    long write = operation == Operation.WRITE ? counts.getOrDefault(operation, 0L) : -1;
    if (numbered != null && numbered.strikes(number, write)) {
      return new Fault(operation, where -> true, numbered.failure(), true, numbered.torn());
    }
    for (int i = 0; i < faults.size(); i++) {
      Fault fault = faults.get(i);
      if (fault.operation() == operation && fault.where().test(path)) {
        if (fault.once()) {
          faults.remove(i);
        }
        return fault;
      }
    }
    return null;
  }

  // Disk

  @Override
  public DiskFile create(Path file) throws IOException {
    before(Operation.CREATE, file);
    return new FaultyDiskFile(this, wrapped.create(file), 1);
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    before(Operation.OPEN, file);
    return new FaultyDiskFile(this, wrapped.openRead(file), 1);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    before(Operation.OPEN, file);
    return new FaultyDiskFile(this, wrapped.openWrite(file), 1);
  }

  @Override
  public @Nullable DiskFile openDirect(Path file) {
    try {
      before(Operation.OPEN, file);
    } catch (IOException e) {
      return null;
    }
    DiskFile direct = wrapped.openDirect(file);
    return direct == null ? null : new FaultyDiskFile(this, direct, DiskFile.DIRECT_BLOCK);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    before(Operation.RENAME, from);
    wrapped.rename(from, to);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    before(Operation.DELETE, path);
    return wrapped.deleteIfExists(path);
  }

  @Override
  public boolean createDirectory(Path directory) throws IOException {
    before(Operation.CREATE_DIRECTORY, directory);
    return wrapped.createDirectory(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    before(Operation.CREATE_DIRECTORY, directory);
    wrapped.createDirectories(directory);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    before(Operation.FORCE_DIRECTORY, directory);
    wrapped.forceDirectory(directory);
  }

  @Override
  public @Nullable DiskSync openSync(Path directory) {
    DiskSync sync = wrapped.openSync(directory);
    return sync == null ? null : new FaultySync(sync, directory);
  }

  /** Fails as a force of a whole file system does. */
  private final class FaultySync implements DiskSync {
    private final DiskSync sync;
    private final Path directory;

    FaultySync(DiskSync sync, Path directory) {
      this.sync = sync;
      this.directory = directory;
    }

    @Override
    public boolean force() {
      try {
        before(Operation.SYNC, directory);
      } catch (IOException e) {
        return false;
      }
      return sync.force();
    }

    @Override
    public void close() {
      sync.close();
    }
  }

  @Override
  public void list(Path directory, DirectoryVisitor visitor) throws IOException {
    before(Operation.LIST, directory);
    wrapped.list(directory, visitor);
  }

  @Override
  public DiskDirectory openDirectory(Path directory) throws IOException {
    before(Operation.OPEN, directory);
    return new FaultyDiskDirectory(this, directory, wrapped.openDirectory(directory));
  }

  @Override
  public FileFacts facts(Path path) throws IOException {
    before(Operation.ASK, path);
    return wrapped.facts(path);
  }

  @Override
  public Set<PosixFilePermission> permissions(Path path) throws IOException {
    before(Operation.ASK, path);
    return wrapped.permissions(path);
  }

  @Override
  public Path realPath(Path path) throws IOException {
    before(Operation.ASK, path);
    return wrapped.realPath(path);
  }

  @Override
  public DiskSpace space(Path path) throws IOException {
    before(Operation.ASK, path);
    DiskSpace pretended;
    synchronized (this) {
      pretended = space;
    }
    return pretended != null ? pretended : wrapped.space(path);
  }

  @Override
  public String fileSystemType(Path path) throws IOException {
    before(Operation.ASK, path);
    return wrapped.fileSystemType(path);
  }
}
