package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.DiskSync;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Disk} in memory whose power fails. What was not forced is then lost, kept, torn or
 * spoiled, block by block and name by name, as the random generator decides: writes reach a device
 * in any order.
 *
 * <p>It is meaner than most devices, and no meaner than a device may be:
 *
 * <ul>
 *   <li>a block (4,096 bytes) with writes that no force covers is found as it was, or as after any
 *       of those writes, or mixed of these sector by sector, or spoiled as a whole;
 *   <li>a name that was created, renamed or deleted in a directory that was not forced since is
 *       found as before or as after, each for itself;
 *   <li>a force that failed, of a file or of a directory, has dropped what it was to force: reading
 *       still shows it, later forces succeed, and it never reaches the device.
 * </ul>
 *
 * <p>Directories themselves are always durable. Safe for use by any number of threads.
 */
public final class PowerCutDisk implements Disk {
  static final int BLOCK = 4096;
  private static final int SECTOR = 512;
  private static final int LONGEST_FILE = 1 << 30;

  private final RandomGenerator random;
  private final boolean ordinary;

  @GuardedBy("this")
  private final Map<Path, Inode> seen = new HashMap<>();

  @GuardedBy("this")
  private final Map<Path, Inode> durable = new HashMap<>();

  @GuardedBy("this")
  private final Set<Path> directories = new HashSet<>();

  /** Counts the ends of processes: files that were opened before the last one are closed. */
  @GuardedBy("this")
  private long epoch;

  /** How many changes there will be until the power fails; negative for never. */
  @GuardedBy("this")
  private long changesLeft = -1;

  @GuardedBy("this")
  private boolean dead;

  @GuardedBy("this")
  private boolean failForce;

  @GuardedBy("this")
  private boolean failDirectoryForce;

  /** Names whose last change a failed force has dropped, until they are changed again. */
  @GuardedBy("this")
  private final Set<Path> droppedNames = new HashSet<>();

  @GuardedBy("this")
  private long capacity = Long.MAX_VALUE;

  @GuardedBy("this")
  private long changes;

  /** The power has failed, and the process is no more. */
  public static final class PowerFailure extends Error {
    private static final long serialVersionUID = 1L;

    PowerFailure() {
      super("the power has failed");
    }
  }

  /** What is in a file, as it is read, and as it is on the device. */
  static final class Inode {
    Bytes seen = new Bytes();
    Bytes durable = new Bytes();

    /** Of each block that was written and not forced: what it was after each write. */
    final Map<Integer, List<byte[]>> unforced = new HashMap<>();

    /** Whether its next force has to tell that another one has dropped what it was to force. */
    boolean failed;
  }

  /** Bytes that grow, without being copied each time; those behind the end are zeros. */
  static final class Bytes {
    byte[] array = new byte[0];
    int length;

    void resize(int to) {
      if (to > array.length) {
        array = Arrays.copyOf(array, Math.max(to, (int) Math.min(2L * to, LONGEST_FILE)));
      }
      if (to < length) {
        Arrays.fill(array, to, length, (byte) 0);
      }
      length = to;
    }

    Bytes copy() {
      Bytes copy = new Bytes();
      copy.array = Arrays.copyOf(array, length);
      copy.length = length;
      return copy;
    }
  }

  /** Makes an empty disk; {@code random} decides what becomes of what was not forced. */
  public PowerCutDisk(RandomGenerator random) {
    this(random, false);
  }

  /**
   * As the other one.
   *
   * @param ordinary whether it is no meaner than what file systems and devices commonly are, and
   *     databases take for granted: the force of a new file makes its name durable, too (ext4, XFS
   *     and btrfs do so); and writing to a block does not spoil what else it holds (SQLite calls
   *     that powersafe overwrite)
   */
  PowerCutDisk(RandomGenerator random, boolean ordinary) {
    this.random = Objects.requireNonNull(random, "random");
    this.ordinary = ordinary;
  }

  // The power

  /**
   * Lets the power fail at a change (a write, a force, a change of names) from now on: 0 is the
   * next one. It throws {@link PowerFailure}, and so does everything until {@link #restart}.
   */
  public synchronized void cutAfter(long changesUntilThen) {
    changesLeft = changesUntilThen;
  }

  /** The power fails now, if it has not, and comes back: decides what is on the device. */
  public synchronized void restart() {
    kill();
    Set<Path> names = new TreeSet<>(seen.keySet());
    names.addAll(durable.keySet());
    for (Path name : names) {
      Inode before = durable.get(name);
      Inode after = droppedNames.contains(name) ? before : seen.get(name);
      Inode kept = before == after || random.nextBoolean() ? after : before;
      if (kept == null) {
        durable.remove(name);
      } else {
        durable.put(name, kept);
      }
    }
    droppedNames.clear();
    seen.clear();
    seen.putAll(durable);
    for (Path name : new TreeSet<>(seen.keySet())) {
      settle(Objects.requireNonNull(seen.get(name)));
    }
  }

  /** The process dies, and the machine does not: everything that was written can be read. */
  public synchronized void kill() {
    epoch++;
    dead = false;
    changesLeft = -1;
    failForce = false;
    failDirectoryForce = false;
  }

  /** Makes the next force of a file fail. */
  public synchronized void failNextForce() {
    failForce = true;
  }

  /** Makes the next force of a directory fail. */
  public synchronized void failNextDirectoryForce() {
    failDirectoryForce = true;
  }

  /** Lets files grow up to so many bytes in all. */
  public synchronized void capacity(long bytes) {
    capacity = bytes;
  }

  /** Returns how many changes there were. */
  public synchronized long changes() {
    return changes;
  }

  /** Changes bits of a byte on the device, behind everybody's back. */
  public synchronized void rot(Path file, long position) throws NoSuchFileException {
    Inode inode = inode(file);
    inode.seen.array[(int) position] ^= 0x10;
    if (position < inode.durable.length) {
      inode.durable.array[(int) position] ^= 0x10;
    }
  }

  @GuardedBy("this")
  private void settle(Inode inode) {
    int length = random.nextBoolean() ? inode.seen.length : inode.durable.length;
    Bytes found = inode.durable.copy();
    found.resize(length);
    for (int block : new TreeSet<>(inode.unforced.keySet())) {
      int at = block * BLOCK;
      if (at < length) {
        byte[] settled = settleBlock(inode, block);
        System.arraycopy(settled, 0, found.array, at, Math.min(BLOCK, length - at));
      }
    }
    inode.unforced.clear();
    inode.durable = found;
    inode.seen = found.copy();
  }

  @GuardedBy("this")
  private byte[] settleBlock(Inode inode, int block) {
    List<byte[]> versions = new ArrayList<>();
    versions.add(block(inode.durable, block));
    versions.addAll(inode.unforced.getOrDefault(block, List.of()));
    int fate = random.nextInt(ordinary ? 95 : 100);
    if (fate < 25) {
      return versions.get(0);
    }
    if (fate < 60) {
      return versions.get(versions.size() - 1);
    }
    if (fate < 75) {
      return versions.get(random.nextInt(versions.size()));
    }
    byte[] mixed = new byte[BLOCK];
    if (fate < 95) {
      for (int at = 0; at < BLOCK; at += SECTOR) {
        byte[] version = versions.get(random.nextInt(versions.size()));
        System.arraycopy(version, at, mixed, at, SECTOR);
      }
    } else {
      random.nextBytes(mixed);
    }
    return mixed;
  }

  private static byte[] block(Bytes bytes, int block) {
    byte[] copy = new byte[BLOCK];
    int at = block * BLOCK;
    if (at < bytes.length) {
      System.arraycopy(bytes.array, at, copy, 0, Math.min(BLOCK, bytes.length - at));
    }
    return copy;
  }

  /**
   * Comes before a change.
   *
   * @return whether the power fails while it is made: it may be made or not, and then has to throw
   */
  @GuardedBy("this")
  private boolean change() {
    alive();
    changes++;
    if (changesLeft == 0) {
      dead = true;
      return true;
    }
    if (changesLeft > 0) {
      changesLeft--;
    }
    return false;
  }

  @GuardedBy("this")
  private void alive() {
    if (dead) {
      throw new PowerFailure();
    }
  }

  private static void end(boolean failing) {
    if (failing) {
      throw new PowerFailure();
    }
  }

  // Files, called by PowerCutFile

  synchronized long epoch() {
    return epoch;
  }

  synchronized int read(Inode inode, long openedIn, ByteBuffer buffer, long position)
      throws IOException {
    open(openedIn);
    if (position >= inode.seen.length) {
      return -1;
    }
    int count = (int) Math.min(buffer.remaining(), inode.seen.length - position);
    buffer.put(inode.seen.array, (int) position, count);
    return count;
  }

  synchronized long length(Inode inode, long openedIn) throws IOException {
    open(openedIn);
    return inode.seen.length;
  }

  @GuardedBy("this")
  private void open(long openedIn) throws IOException {
    alive();
    if (openedIn != epoch) {
      throw new IOException("Stale file handle");
    }
  }

  synchronized void write(Inode inode, long openedIn, byte[] bytes, long position)
      throws IOException {
    open(openedIn);
    boolean failing = change();
    int length = failing ? random.nextInt(bytes.length + 1) : bytes.length;
    int end = Math.toIntExact(position + length);
    if (end > inode.seen.length) {
      if (capacity < Long.MAX_VALUE && used() + end - inode.seen.length > capacity) {
        throw new IOException("No space left on device");
      }
      inode.seen.resize(end);
    }
    System.arraycopy(bytes, 0, inode.seen.array, (int) position, length);
    for (int block = (int) (position / BLOCK); (long) block * BLOCK < end; block++) {
      inode.unforced.computeIfAbsent(block, key -> new ArrayList<>()).add(block(inode.seen, block));
    }
    end(failing);
  }

  @GuardedBy("this")
  private long used() {
    long used = 0;
    for (Inode inode : seen.values()) {
      used += inode.seen.length;
    }
    return used;
  }

  synchronized void force(Inode inode, long openedIn) throws IOException {
    open(openedIn);
    boolean failing = change();
    if (failing && random.nextBoolean()) {
      throw new PowerFailure();
    }
    boolean dropped = failForce;
    failForce = false;
    if (dropped) {
      inode.unforced.clear();
    } else {
      bring(inode);
    }
    boolean failed = dropped || inode.failed;
    inode.failed = false;
    end(failing);
    if (failed) {
      throw new IOException("Input/output error");
    }
  }

  /** Brings what was written onto the device. */
  @GuardedBy("this")
  private void bring(Inode inode) {
    Bytes forced = inode.durable;
    forced.resize(inode.seen.length);
    for (int block : inode.unforced.keySet()) {
      int at = block * BLOCK;
      int count = Math.min(BLOCK, forced.length - at);
      System.arraycopy(inode.seen.array, at, forced.array, at, count);
    }
    if (ordinary) {
      keepNames(inode);
    }
    inode.unforced.clear();
  }

  /**
   * Forces all files. Fails if the next force of a file is to: then each has lost what was to be
   * forced, and tells so at its own next force. When the power fails meanwhile, some are forced.
   */
  private synchronized boolean forceAll(long openedIn) {
    if (dead || openedIn != epoch) {
      return false;
    }
    boolean failing = change();
    boolean dropped = failForce;
    failForce = false;
    for (Path name : new TreeSet<>(seen.keySet())) {
      Inode inode = Objects.requireNonNull(seen.get(name));
      if (inode.unforced.isEmpty() || (failing && random.nextBoolean())) {
        continue;
      }
      if (dropped) {
        inode.unforced.clear();
        inode.failed = true;
      } else {
        bring(inode);
      }
    }
    return !failing && !dropped;
  }

  @Override
  public synchronized DiskSync openSync(Path directory) {
    alive();
    long openedIn = epoch;
    return new DiskSync() {
      @Override
      public boolean force() {
        return forceAll(openedIn);
      }

      @Override
      public void close() {
        // It holds nothing.
      }
    };
  }

  @GuardedBy("this")
  @SuppressWarnings("ReferenceEquality") // the very file
  private void keepNames(Inode inode) {
    for (Map.Entry<Path, Inode> each : seen.entrySet()) {
      if (each.getValue() == inode && !droppedNames.contains(each.getKey())) {
        durable.put(each.getKey(), inode);
      }
    }
  }

  synchronized void truncate(Inode inode, long openedIn, long size) throws IOException {
    open(openedIn);
    boolean failing = change();
    if (size < inode.seen.length) {
      inode.seen.resize((int) size);
      inode.unforced.keySet().removeIf(block -> (long) block * BLOCK >= size);
    }
    end(failing);
  }

  // Disk

  private static Path path(Path path) {
    return path.toAbsolutePath().normalize();
  }

  @GuardedBy("this")
  private Inode inode(Path file) throws NoSuchFileException {
    Inode inode = seen.get(path(file));
    if (inode == null) {
      throw new NoSuchFileException(file.toString());
    }
    return inode;
  }

  @GuardedBy("this")
  private void requireDirectory(@Nullable Path directory) throws IOException {
    if (directory == null || !directories.contains(directory)) {
      throw new NoSuchFileException(String.valueOf(directory));
    }
  }

  @Override
  public synchronized DiskFile create(Path file) throws IOException {
    boolean failing = change();
    Path name = path(file);
    requireDirectory(name.getParent());
    if (seen.containsKey(name) || directories.contains(name)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Inode inode = new Inode();
    seen.put(name, inode);
    droppedNames.remove(name);
    end(failing);
    return new PowerCutFile(this, inode, file, epoch, false);
  }

  @Override
  public synchronized DiskFile openRead(Path file) throws IOException {
    alive();
    return new PowerCutFile(this, inode(file), file, epoch, false);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return openRead(file);
  }

  /** Takes whole blocks only, as others do; what reaches the device is decided as for any write. */
  @Override
  public synchronized @Nullable DiskFile openDirect(Path file) {
    alive();
    Inode inode = seen.get(path(file));
    return inode == null ? null : new PowerCutFile(this, inode, file, epoch, true);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    boolean failing = change();
    Inode inode = inode(from);
    requireDirectory(path(to).getParent());
    seen.remove(path(from));
    seen.put(path(to), inode);
    droppedNames.remove(path(from));
    droppedNames.remove(path(to));
    end(failing);
  }

  @Override
  public synchronized boolean deleteIfExists(Path path) throws IOException {
    boolean failing = change();
    boolean was = seen.remove(path(path)) != null || directories.remove(path(path));
    if (was) {
      droppedNames.remove(path(path));
    }
    end(failing);
    return was;
  }

  @Override
  public synchronized boolean createDirectory(Path directory) throws IOException {
    alive();
    if (seen.containsKey(path(directory))) {
      throw new FileAlreadyExistsException(directory.toString());
    }
    return directories.add(path(directory));
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    alive();
    for (Path each = path(directory); each != null; each = each.getParent()) {
      directories.add(each);
    }
  }

  @Override
  public synchronized void forceDirectory(Path directory) throws IOException {
    boolean failing = change();
    requireDirectory(path(directory));
    if (failing && random.nextBoolean()) {
      throw new PowerFailure();
    }
    boolean dropped = failDirectoryForce;
    failDirectoryForce = false;
    Path parent = path(directory);
    Set<Path> names = new HashSet<>(seen.keySet());
    names.addAll(durable.keySet());
    for (Path name : names) {
      if (parent.equals(name.getParent()) && !droppedNames.contains(name)) {
        forceName(name, dropped);
      }
    }
    end(failing);
    if (dropped) {
      throw new IOException("Input/output error");
    }
  }

  @GuardedBy("this")
  @SuppressWarnings("ReferenceEquality") // the very file
  private void forceName(Path name, boolean dropped) {
    Inode inode = seen.get(name);
    if (dropped) {
      if (inode != durable.get(name)) {
        droppedNames.add(name);
      }
    } else if (inode == null) {
      durable.remove(name);
    } else {
      durable.put(name, inode);
    }
  }

  @Override
  public void list(Path directory, DirectoryVisitor visitor) throws IOException {
    Set<Path> names = new TreeSet<>();
    synchronized (this) {
      alive();
      if (!directories.contains(path(directory))) {
        throw new NotDirectoryException(directory.toString());
      }
      for (Path name : seen.keySet()) {
        if (path(directory).equals(name.getParent())) {
          names.add(directory.resolve(name.getFileName()));
        }
      }
      for (Path name : directories) {
        if (path(directory).equals(name.getParent())) {
          names.add(directory.resolve(name.getFileName()));
        }
      }
    }
    for (Path name : names) {
      if (!visitor.visit(name)) {
        return;
      }
    }
  }

  /** Finds each file anew: one that is opened after the process has died is none of its. */
  @Override
  public synchronized DiskDirectory openDirectory(Path directory) throws IOException {
    alive();
    requireDirectory(path(directory));
    return DiskDirectory.ofPath(this, directory);
  }

  @Override
  public synchronized FileFacts facts(Path path) throws IOException {
    alive();
    if (directories.contains(path(path))) {
      return new FileFacts(true, false, false, 0, Instant.EPOCH, path(path));
    }
    Inode inode = inode(path);
    return new FileFacts(false, true, false, inode.seen.length, Instant.EPOCH, inode);
  }

  @Override
  public Set<PosixFilePermission> permissions(Path path) {
    return Set.of();
  }

  @Override
  public Path realPath(Path path) throws IOException {
    facts(path);
    return path(path);
  }

  @Override
  public synchronized DiskSpace space(Path path) {
    alive();
    return new DiskSpace(capacity, capacity - used(), 0, 0);
  }

  @Override
  public String fileSystemType(Path path) {
    return "ext4";
  }
}
