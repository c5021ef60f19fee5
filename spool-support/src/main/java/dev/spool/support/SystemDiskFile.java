package dev.spool.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/**
 * An open file of {@link SystemDisk}: a {@link FileChannel}, which an interrupt of a thread inside
 * closes for all; hence the rule of {@link Disk} about interrupts.
 *
 * <p>For an array on the heap the JDK keeps, for each thread and for ever, a copy outside the heap
 * as large as the largest that the thread has ever read or written. So nothing larger than {@link
 * #CHUNK} is handed to it at once: memory stays bounded whatever the size of messages.
 */
final class SystemDiskFile implements DiskFile {
  /** In bytes. Large enough for the cost of a call of the operating system not to count. */
  static final int CHUNK = 512 * 1024;

  /**
   * Where gathering writes put small pieces together. The JDK's own gathering writes would keep a
   * copy for each piece, and know no position but the channel's own, which all threads share.
   */
  private static final ThreadLocal<ByteBuffer> STAGING = new Staging();

  /** No lambda: one that cannot be linked here leaves the process without a spool. */
  private static final class Staging extends ThreadLocal<ByteBuffer> {
    @Override
    protected ByteBuffer initialValue() {
      return ByteBuffer.allocateDirect(CHUNK);
    }
  }

  private final Path path;
  private final FileChannel channel;

  SystemDiskFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public int read(ByteBuffer buffer, long position) throws IOException {
    int limit = limitToChunk(buffer);
    try {
      return channel.read(buffer, position);
    } finally {
      buffer.limit(limit);
    }
  }

  @Override
  public void write(ByteBuffer buffer, long position) throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int limit = limitToChunk(buffer);
      try {
        at += channel.write(buffer, at);
      } finally {
        buffer.limit(limit);
      }
    }
  }

  /** Returns the limit that it had. What is outside the heap already is not copied. */
  private static int limitToChunk(ByteBuffer buffer) {
    int limit = buffer.limit();
    if (!buffer.isDirect()) {
      buffer.limit(buffer.position() + Math.min(buffer.remaining(), CHUNK));
    }
    return limit;
  }

  @Override
  public void write(ByteBuffer[] buffers, long position) throws IOException {
    ByteBuffer staging = STAGING.get().clear();
    long at = position;
    for (ByteBuffer buffer : buffers) {
      while (buffer.hasRemaining()) {
        move(buffer, staging);
        if (!staging.hasRemaining()) {
          at += flush(staging, at);
        }
      }
    }
    flush(staging, at);
  }

  private static void move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    to.put(to.position(), from, from.position(), count);
    to.position(to.position() + count);
    from.position(from.position() + count);
  }

  /** Writes what was put together, and empties it; returns the number of bytes. */
  private int flush(ByteBuffer staging, long position) throws IOException {
    staging.flip();
    int count = staging.remaining();
    write(staging, position);
    staging.clear();
    return count;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    channel.force(metadata);
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    channel.truncate(size);
  }

  @Override
  public boolean tryLock() throws IOException {
    // The lock lives as long as the channel; nothing else is done with it.
    FileLock lock = channel.tryLock();
    return lock != null;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
