package dev.spool.testkit;

import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

/** An open file of a {@link PowerCutDisk}, until the process dies. */
final class PowerCutFile implements DiskFile {
  private final PowerCutDisk disk;
  private final PowerCutDisk.Inode inode;
  private final Path path;
  private final long epoch;

  /** Whether it takes whole blocks only. */
  private final boolean direct;

  private volatile boolean closed;

  PowerCutFile(PowerCutDisk disk, PowerCutDisk.Inode inode, Path path, long epoch, boolean direct) {
    this.disk = disk;
    this.inode = inode;
    this.path = path;
    this.epoch = epoch;
    this.direct = direct;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public int read(ByteBuffer buffer, long position) throws IOException {
    requireOpen();
    return disk.read(inode, epoch, buffer, position);
  }

  @Override
  public void write(ByteBuffer buffer, long position) throws IOException {
    requireOpen();
    if (direct && (position % DIRECT_BLOCK != 0 || buffer.remaining() % DIRECT_BLOCK != 0)) {
      throw new IOException("Invalid argument"); // as the operating system says
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    disk.write(inode, epoch, bytes, position);
  }

  @Override
  public void write(ByteBuffer[] buffers, long position) throws IOException {
    long at = position;
    for (ByteBuffer buffer : buffers) {
      int count = buffer.remaining();
      write(buffer, at);
      at += count;
    }
  }

  @Override
  public void force(boolean metadata) throws IOException {
    requireOpen();
    disk.force(inode, epoch);
  }

  @Override
  public long size() throws IOException {
    requireOpen();
    return disk.length(inode, epoch);
  }

  @Override
  public void truncate(long size) throws IOException {
    requireOpen();
    disk.truncate(inode, epoch, size);
  }

  @Override
  public boolean tryLock() throws IOException {
    requireOpen();
    return true;
  }

  @Override
  public void close() {
    closed = true;
  }
}
