package dev.spool.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Fills files with zeros, past the page cache where that can be done: whatever else is written and
 * synced at the time would have to share it, and the processor.
 */
final class Zeros {
  private static final int PIECE = Disk.FILL_PIECE;
  private static final int BLOCK = DiskFile.DIRECT_BLOCK;

  private Zeros() {}

  /** Where zeros are written. */
  private interface Target {
    /** Writes all of the buffer. */
    void write(ByteBuffer buffer, long position) throws IOException;
  }

  /** Writes so many zeros, from the beginning. */
  static void write(DiskFile file, long length, Runnable pause) throws IOException {
    write(new Buffered(file), length, pause);
  }

  private static void write(Target target, long length, Runnable pause) throws IOException {
    ByteBuffer zeros =
        ByteBuffer.allocateDirect(PIECE + BLOCK).alignedSlice(BLOCK).limit(PIECE).slice();
    for (long at = 0; at < length; at += PIECE) {
      pause.run();
      zeros.clear().limit((int) Math.min(PIECE, length - at));
      target.write(zeros, at);
    }
  }

  /**
   * Writes so many zeros past the page cache.
   *
   * @param file that is there
   * @return false if this file system, or this length, does not allow it; then nothing was written
   */
  static boolean writeDirectly(Path file, long length, Runnable pause) throws IOException {
    if (length % BLOCK != 0) {
      return false;
    }
    try (FileChannel channel = DirectChannels.open(file)) {
      if (channel == null) {
        return false;
      }
      write(new Direct(channel), length, pause);
      return true;
    }
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private record Direct(FileChannel channel) implements Target {
    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
      long at = position;
      while (buffer.hasRemaining()) {
        at += channel.write(buffer, at);
      }
    }
  }

  private record Buffered(DiskFile file) implements Target {
    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
      file.write(buffer, position);
    }
  }
}
