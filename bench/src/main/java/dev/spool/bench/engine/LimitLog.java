package dev.spool.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A ring of pre-written segment files that is written from end to end and over again.
 *
 * <p>Overwriting blocks that a file already has needs no journal commit of the file system, which
 * is what makes this the fastest way to put bytes on the disk through it. Writes do not cross
 * segments: what does not fit begins the next one.
 *
 * <p>The committer writes; any thread reads.
 */
final class LimitLog implements AutoCloseable {
  private final FileChannel[] segments;
  private final int segmentBytes;

  private int segment;
  private long offset;

  private LimitLog(FileChannel[] segments, int segmentBytes) {
    this.segments = segments;
    this.segmentBytes = segmentBytes;
  }

  /** Opens a ring of {@code count} segments; those that are not there yet are written first. */
  static LimitLog open(Path directory, int count, int segmentBytes) throws IOException {
    FileChannel[] segments = new FileChannel[count];
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    for (int i = 0; i < count; i++) {
      Path file = directory.resolve("segment-%04d".formatted(i));
      boolean made = Files.notExists(file);
      segments[i] =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      long at = 0;
      while (made && at < segmentBytes) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), segmentBytes - at));
        at += segments[i].write(zeros, at);
      }
      if (made) {
        segments[i].force(true);
      }
    }
    return new LimitLog(segments, segmentBytes);
  }

  int count() {
    return segments.length;
  }

  int segmentBytes() {
    return segmentBytes;
  }

  /** Whether so many bytes more fit in the current segment. */
  boolean fits(long bytes) {
    return offset + bytes <= segmentBytes;
  }

  /** Goes on at the begin of a segment. */
  void goTo(int next) {
    segment = next % segments.length;
    offset = 0;
  }

  int segment() {
    return segment;
  }

  /** The place where the next byte goes: segments follow one another. */
  long place() {
    return start(segment) + offset;
  }

  /** The place where a segment begins. */
  long start(int number) {
    return (long) number * segmentBytes;
  }

  /** Writes all of the buffer, which must fit. */
  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      offset += segments[segment].write(bytes, offset);
    }
  }

  /** Forces what was written to the current segment. */
  void force() throws IOException {
    segments[segment].force(false);
  }

  /** Reads at a place until the buffer is full, or the segment ends. */
  void read(ByteBuffer bytes, long place) throws IOException {
    FileChannel file = segments[(int) (place / segmentBytes)];
    long at = place % segmentBytes;
    while (bytes.hasRemaining()) {
      int read = file.read(bytes, at);
      if (read < 0) {
        return;
      }
      at += read;
    }
  }

  /** Forces what no commit asked to be forced, and closes the files. */
  @Override
  public void close() throws IOException {
    for (FileChannel file : segments) {
      file.force(false);
      file.close();
    }
  }
}
