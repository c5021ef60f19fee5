package dev.spool.support;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one door to the file system. Every file call of the backends that run in the JVM goes through
 * it, so that a test can fail, delay, reorder or forget any of them.
 *
 * <p>All methods block, may take as long as the device takes (a dead network mount: for ever), and
 * are to be called on threads that nobody else interrupts: interrupting a thread inside a call
 * closes the file that it is using. All of them may be called by any number of threads at once;
 * what a {@link DiskFile} allows is stated there. None follows a symbolic link in the last element
 * of a path, except where it says so; {@link IoFailures} tells what an {@code IOException} means.
 * Nothing is durable until it was forced: the contents of a file by {@link DiskFile#force}, its
 * name by {@link #forceDirectory} of the directory that holds it.
 */
public interface Disk {
  /** So much of a file is filled at once, in bytes. */
  int FILL_PIECE = 256 << 10;

  /**
   * Returns the file system of this machine, creating files with mode 0600 and directories with
   * 0700.
   */
  static Disk system() {
    return system(DiskPermissions.OWNER_ONLY);
  }

  /**
   * Returns the file system of this machine, creating files and directories with exactly {@code
   * permissions}.
   */
  static Disk system(DiskPermissions permissions) {
    return new SystemDisk(permissions);
  }

  /**
   * Creates a file, and opens it to read and write. Its permissions are those of this disk,
   * whatever the umask. Of several threads that create the same one, one succeeds.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is anything of that name, a symbolic
   *     link too
   */
  DiskFile create(Path file) throws IOException;

  /**
   * Creates a file as {@link #create} does, with so many zeros in it, all of them written: to write
   * over them takes no room and changes nothing else. Where the file system can, they bypass the
   * page cache. Forces nothing. If it fails, there may be a file.
   *
   * @param pause is run before each piece of {@link #FILL_PIECE} bytes at most: who has time need
   *     not be in the way of others
   */
  default DiskFile createFilled(Path file, long length, Runnable pause) throws IOException {
    DiskFile created = create(file);
    boolean done = false;
    try {
      Zeros.write(created, length, pause);
      done = true;
      return created;
    } finally {
      if (!done) {
        created.close();
      }
    }
  }

  /**
   * Opens a file to read. To be used for regular files: opening a FIFO waits for its writer.
   *
   * @throws NoSuchFileException if there is none
   */
  DiskFile openRead(Path file) throws IOException;

  /**
   * Opens a file that is there already to read and write.
   *
   * @throws NoSuchFileException if there is none
   */
  DiskFile openWrite(Path file) throws IOException;

  /**
   * Opens a file that is there already to be written past the page cache, in whole blocks of {@link
   * DiskFile#DIRECT_BLOCK}: position, length, and the address of a buffer outside the heap have to
   * be multiples of it. What is read of any other file that is open on it is what was written last
   * either way, and a force of any of them covers both; only the same block must not be written in
   * both ways at once.
   *
   * @return null if this file system does not allow it, or cannot now
   */
  default @Nullable DiskFile openDirect(Path file) {
    return null;
  }

  /**
   * Renames atomically, replacing a file that has the name {@code to}. Others see the old file or
   * the new one; after a power cut too, once {@code from} had been forced. The change lasts once
   * the directories of both were forced.
   *
   * @throws NoSuchFileException if {@code from} is not there
   */
  void rename(Path from, Path to) throws IOException;

  /**
   * Deletes a file, a symbolic link (not what it points to) or an empty directory.
   *
   * @return whether it was there
   * @throws java.nio.file.DirectoryNotEmptyException if it is a directory that holds something
   */
  boolean deleteIfExists(Path path) throws IOException;

  /**
   * Creates one directory, whose parent must exist, with the permissions of this disk whatever the
   * umask. Forces nothing.
   *
   * @return false if the directory was there already, whose permissions are left alone
   * @throws java.nio.file.FileAlreadyExistsException if something else has that name
   */
  boolean createDirectory(Path directory) throws IOException;

  /**
   * Creates a directory and those above it that are missing, so that they survive a power cut: the
   * parent of each is forced before the next is made, and that of the lowest directory found too,
   * since an earlier attempt may have ended between making and forcing it. Follows symbolic links.
   *
   * @throws java.nio.file.FileAlreadyExistsException if something that is not a directory is in the
   *     way
   */
  void createDirectories(Path directory) throws IOException;

  /**
   * Brings the names in a directory onto stable storage: what was created, renamed and deleted in
   * it before the call.
   */
  void forceDirectory(Path directory) throws IOException;

  /**
   * Opens the file system that holds {@code directory}, so that everything that is written to it
   * from now on can be forced at once, which costs less than to force many files. It forces what
   * others write to it, too. What was written is durable when the files were renamed after that and
   * their directories forced.
   *
   * @return null if it cannot be done here, or now, or a failure might go unnoticed
   */
  default @Nullable DiskSync openSync(Path directory) {
    return null;
  }

  /**
   * Shows each entry of a directory, but not of those below it, to {@code visitor}, on the calling
   * thread, in no order. Holds one descriptor and a bounded amount of memory meanwhile. An entry
   * that is created or deleted meanwhile may or may not be shown; each other one is shown once.
   * Returning normally means that everything was shown, or that the visitor had enough.
   *
   * @throws java.nio.file.NotDirectoryException if it is not a directory; a symbolic link to one is
   *     not
   * @throws NoSuchFileException if it does not exist
   * @throws IOException if not everything could be seen, or from {@code visitor}
   */
  void list(Path directory, DirectoryVisitor visitor) throws IOException;

  /**
   * Opens a directory in which several files are to be looked up. Holds two descriptors at most.
   *
   * @throws NoSuchFileException if it does not exist; maybe only when a name in it is looked up
   */
  default DiskDirectory openDirectory(Path directory) throws IOException {
    return DiskDirectory.ofPath(this, directory);
  }

  /**
   * Tells what is at {@code path}: of a symbolic link, the link itself.
   *
   * @throws NoSuchFileException if there is nothing
   */
  FileFacts facts(Path path) throws IOException;

  /**
   * Tells whether there is anything at {@code path}, a dangling symbolic link too.
   *
   * @throws IOException if that could not be found out
   */
  default boolean exists(Path path) throws IOException {
    try {
      facts(path);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Returns the permissions of what is at {@code path}, following symbolic links; the empty set
   * where the file system has no such thing.
   */
  Set<PosixFilePermission> permissions(Path path) throws IOException;

  /**
   * Returns the absolute path of what is at {@code path}, with all symbolic links resolved.
   *
   * @throws NoSuchFileException if there is nothing, or a link leads nowhere
   */
  Path realPath(Path path) throws IOException;

  /**
   * Tells the size of the file system that holds {@code path}, and what is free of it for this
   * process.
   */
  DiskSpace space(Path path) throws IOException;

  /**
   * Returns the type of the file system that holds {@code path}, as the operating system calls it:
   * {@code ext4}.
   */
  String fileSystemType(Path path) throws IOException;

  /** Is shown the entries of a directory. */
  @FunctionalInterface
  interface DirectoryVisitor {
    /**
     * Takes one entry.
     *
     * @param entry the path of the directory as it was given, and the entry's name
     * @return whether to go on
     */
    boolean visit(Path entry) throws IOException;
  }
}
