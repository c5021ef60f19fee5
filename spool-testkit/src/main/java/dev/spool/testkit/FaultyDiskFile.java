package dev.spool.testkit;

import dev.spool.support.DiskFile;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of a {@link FaultyDisk}, which it asks before each operation. */
final class FaultyDiskFile implements DiskFile {
  private final FaultyDisk disk;
  private final DiskFile wrapped;

  /** What it is written in multiples of. */
  private final int unit;

  FaultyDiskFile(FaultyDisk disk, DiskFile wrapped, int unit) {
    this.disk = disk;
    this.wrapped = wrapped;
    this.unit = unit;
  }

  @Override
  public Path path() {
    return wrapped.path();
  }

  @Override
  public int read(ByteBuffer buffer, long position) throws IOException {
    disk.before(Operation.READ, path());
    return wrapped.read(buffer, position);
  }

  @Override
  public void write(ByteBuffer buffer, long position) throws IOException {
    IOException torn = disk.beforeWrite(path());
    if (torn != null) {
      writeHalf(buffer, position);
      throw torn;
    }
    wrapped.write(buffer, position);
  }

  @Override
  public void write(ByteBuffer[] buffers, long position) throws IOException {
    @Nullable IOException torn = disk.beforeWrite(path());
    if (torn == null) {
      wrapped.write(buffers, position);
      return;
    }
    long at = position;
    for (int i = 0; i < (buffers.length + 1) / 2; i++) {
      at += writeHalf(buffers[i], at);
    }
    throw torn;
  }

  /** Writes the first half of what remains, and leaves the rest; returns how much was written. */
  private int writeHalf(ByteBuffer buffer, long position) throws IOException {
    int half = buffer.remaining() / 2 / unit * unit;
    ByteBuffer first = buffer.duplicate();
    first.limit(first.position() + half);
    wrapped.write(first, position);
    buffer.position(buffer.position() + half);
    return half;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    disk.before(Operation.FORCE, path());
    wrapped.force(metadata);
  }

  @Override
  public long size() throws IOException {
    disk.before(Operation.ASK, path());
    return wrapped.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    disk.before(Operation.TRUNCATE, path());
    wrapped.truncate(size);
  }

  @Override
  public boolean tryLock() throws IOException {
    disk.before(Operation.LOCK, path());
    return wrapped.tryLock();
  }

  @Override
  public void close() throws IOException {
    try {
      disk.before(Operation.CLOSE, path());
    } finally {
      wrapped.close();
    }
  }
}
