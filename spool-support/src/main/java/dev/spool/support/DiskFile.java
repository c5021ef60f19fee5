package dev.spool.support;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * An open file of a {@link Disk}, read and written at positions that the caller names.
 *
 * <p>Reads, writes and forces may be called by any number of threads at once; overlapping writes
 * leave either's bytes. A force covers the writes that had returned before it began. After a {@link
 * #force} that failed, the file must not be written or forced again: the operating system may have
 * dropped the bytes, and a second force would say that all is well. Like those of {@link Disk}, the
 * methods block, and belong on threads that nobody else interrupts: an interrupt closes the file.
 */
public interface DiskFile extends Closeable {
  /** What a file of {@link Disk#openDirect} is written in multiples of, in bytes. */
  int DIRECT_BLOCK = 4096;

  /** Returns the path by which it was opened. It may have been renamed since. */
  Path path();

  /**
   * Reads some bytes.
   *
   * @param buffer filled from its position on, as far as one call of the operating system fills it
   * @param position where to read in the file, in bytes, not negative
   * @return the number of bytes read; 0 only if the buffer had no room; -1 at or after the end of
   *     the file
   */
  int read(ByteBuffer buffer, long position) throws IOException;

  /**
   * Fills all that remains of {@code buffer}.
   *
   * @param buffer what to fill
   * @param position where to read in the file, in bytes, not negative
   * @throws EOFException if the file ends before
   */
  default void readFully(ByteBuffer buffer, long position) throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int count = read(buffer, at);
      if (count < 0) {
        throw new EOFException(
            path()
                + " ends at "
                + at
                + ", "
                + buffer.remaining()
                + " bytes before what was to be read");
      }
      at += count;
    }
  }

  /**
   * Writes all that remains of {@code buffer}, extending the file if need be. If it fails, a part
   * may have been written.
   *
   * @param buffer what to write
   * @param position where to write in the file, in bytes, not negative; a gap that it leaves reads
   *     as zeros
   */
  void write(ByteBuffer buffer, long position) throws IOException;

  /**
   * Writes all that remains of {@code buffers}, one behind the other, putting small ones together
   * into few calls of the operating system. If it fails, a part may have been written, and the
   * buffers' positions do not tell which.
   *
   * @param buffers what to write
   * @param position where to write in the file, in bytes, not negative; a gap that it leaves reads
   *     as zeros
   */
  void write(ByteBuffer[] buffers, long position) throws IOException;

  /**
   * Brings what was written onto stable storage.
   *
   * @param metadata whether the times and permissions are needed too; the length always is
   */
  void force(boolean metadata) throws IOException;

  /** Returns the length in bytes. */
  long size() throws IOException;

  /**
   * Cuts the file off.
   *
   * @param size the new length in bytes, not negative; if the file is shorter, it is left as it is
   */
  void truncate(long size) throws IOException;

  /**
   * Takes the lock of the whole file for this process, until this file is closed. Closing
   * <em>any</em> file that this process has open on the same inode gives it up too, which is why
   * only {@link DirectoryLock} should use it.
   *
   * @return false if another process has it
   * @throws java.nio.channels.OverlappingFileLockException if this process has it already
   */
  boolean tryLock() throws IOException;

  /** Closes the file, which forces nothing. Calls inside fail; closing again does nothing. */
  @Override
  void close() throws IOException;
}
