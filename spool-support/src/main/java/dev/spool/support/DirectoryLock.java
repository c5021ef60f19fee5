package dev.spool.support;

import dev.spool.SpoolLockedException;
import java.io.IOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The claim of one opener, in one process, on a spool directory.
 *
 * <p>Between processes it is a POSIX lock on the file {@code LOCK}, which the kernel gives up when
 * the process dies, however it dies. Such a lock belongs to the process, and closing <em>any</em>
 * descriptor of the file drops it; so within a process a registry is asked first, and {@code LOCK}
 * is opened by the winner only, holds nothing that anybody might want to read, and is never
 * deleted. The registry goes by the inode of the directory, not by its path, which has many
 * spellings. It is kept in the system properties, the one place that all class loaders of a JVM
 * share: two web applications each have a copy of this class.
 *
 * <p>Who has it is told by the file {@code OWNER}, for people. It is written when the lock is
 * taken, and deleted when it is given up; on a full disk, which a spool must open on, there is
 * none.
 *
 * <p>Thread-safe. Readers that change nothing need no lock.
 */
public final class DirectoryLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

  /**
   * Files on which somebody else in this process had a lock: neither closed nor left to the garbage
   * collector, since that would drop the other's lock.
   */
  private static final Queue<DiskFile> NEVER_CLOSED = new ConcurrentLinkedQueue<>();

  private final Disk disk;
  private final Path directory;
  private final String claim;
  private final DiskFile file;
  private final AtomicBoolean closed = new AtomicBoolean();

  private DirectoryLock(Disk disk, Path directory, String claim, DiskFile file) {
    this.disk = disk;
    this.directory = directory;
    this.claim = claim;
    this.file = file;
  }

  /**
   * Claims a directory, at once or not at all.
   *
   * @param disk where it lies
   * @param directory which must exist; symbolic links that lead to it are followed
   * @throws SpoolLockedException if it is claimed already, naming pid, host and start time of
   *     whoever has it
   * @throws IOException if {@code LOCK} can be neither opened nor created, or there are no locks
   */
  public static DirectoryLock acquire(Disk disk, Path directory) throws IOException {
    Path real = disk.realPath(directory);
    Object inode = disk.facts(real).fileKey();
    String claim = "dev.spool.lock " + (inode == null ? real : inode);
    if (System.getProperties().putIfAbsent(claim, real.toString()) != null) {
      throw new SpoolLockedException(directory.toString(), Owner.self().describe());
    }
    DiskFile file = null;
    try {
      file = lock(disk, real, directory);
      DirectoryLock lock = new DirectoryLock(disk, real, claim, file);
      lock.nameOwner();
      return lock;
    } finally {
      if (file == null) {
        System.getProperties().remove(claim);
      }
    }
  }

  /**
   * Tells who has the directory claimed, in words, without touching the lock. No proof: a process
   * that was killed leaves its name behind, and on a full disk there may be none.
   *
   * @return empty if nobody is named
   */
  public static Optional<String> owner(Disk disk, Path directory) {
    return Owner.read(disk, directory).map(Owner::describe);
  }

  private static DiskFile lock(Disk disk, Path real, Path directory) throws IOException {
    DiskFile file = open(disk, real.resolve(ReservedNames.LOCK));
    boolean locked = false;
    boolean close = true;
    try {
      locked = file.tryLock();
    } catch (OverlappingFileLockException e) {
      close = false;
      NEVER_CLOSED.add(file);
    } finally {
      // Drops no lock, since no file of this process has one on it.
      if (!locked && close) {
        file.close();
      }
    }
    if (!locked) {
      String owner = Owner.read(disk, real).map(Owner::describe).orElse("an unknown process");
      throw new SpoolLockedException(directory.toString(), owner);
    }
    return file;
  }

  private static DiskFile open(Disk disk, Path path) throws IOException {
    try {
      return disk.create(path);
    } catch (FileAlreadyExistsException e) {
      return disk.openWrite(path);
    }
  }

  /** Says who has the lock; or, rather than leave the name of another there, says nothing. */
  private void nameOwner() {
    try {
      Owner.self().write(disk, directory);
    } catch (IOException e) {
      LOG.warn(
          "{} is locked, but its file {} could not be written: {}",
          directory,
          ReservedNames.OWNER,
          e.toString());
      unnameOwner();
    }
  }

  private void unnameOwner() {
    try {
      disk.deleteIfExists(directory.resolve(ReservedNames.OWNER));
    } catch (IOException e) {
      LOG.debug("the file {} in {} could not be deleted", ReservedNames.OWNER, directory, e);
    }
  }

  /** Gives the claim up. Idempotent; if the process dies instead, the kernel gives it up. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    unnameOwner();
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("closing the lock of {} failed: {}", directory, e.toString());
    } finally {
      System.getProperties().remove(claim);
    }
  }
}
