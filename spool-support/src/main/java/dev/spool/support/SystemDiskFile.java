package dev.spool.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/**
 * An open file of {@link SystemDisk}: a {@link FileChannel}, which an interrupt of a thread inside
 * closes for all; hence the rule of {@link Disk} about interrupts.
 */
final class SystemDiskFile implements DiskFile {
  private final Path path;
  private final FileChannel channel;

  /**
   * Excludes gathering writes, which the JDK offers at the channel's own position only, from one
   * another.
   */
  private final Object gathering = new Object();

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
    return channel.read(buffer, position);
  }

  @Override
  public void write(ByteBuffer buffer, long position) throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
  }

  @Override
  public void write(ByteBuffer[] buffers, long position) throws IOException {
    synchronized (gathering) {
      channel.position(position);
      int next = 0;
      while (next < buffers.length) {
        if (buffers[next].hasRemaining()) {
          channel.write(buffers, next, buffers.length - next);
        } else {
          next++;
        }
      }
    }
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
