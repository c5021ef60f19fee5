package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.jctools.queues.MpscUnboundedXaddArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What this machine can do at all: a bare append-only log.
 *
 * <p>One committer writes all that waits into pre-written segments, forces them once, and completes
 * the futures itself. It keeps what a log needs to be believed, the lengths and a CRC32C of each
 * record, and nothing that makes a store of it: nothing is compacted, a segment is overwritten when
 * its turn comes, and the whole ring is read at opening. A removal is a record of its own.
 */
final class LimitEngine implements Engine.Loads, Engine.Scans {
  /** Length (4), CRC32C (4), id (16); a removal is a record of {@link #REMOVAL} length. */
  private static final int HEADER = 24;

  private static final int REMOVAL = -1;
  private static final int GROUP_BYTES = 8 << 20;
  private static final int SCAN_BYTES = 256 << 10;

  private final MpscUnboundedXaddArrayQueue<Write> queue = new MpscUnboundedXaddArrayQueue<>(1024);
  private final Slots index;
  private final LimitLog log;
  private final Thread committer;

  /** Written by the committer before it parks, read by those who wake it. */
  private volatile boolean parked;

  private volatile boolean closing;

  private LimitEngine(LimitLog log, Slots index) {
    this.log = log;
    this.index = index;
    this.committer = new Thread(this::commitAll, "limit-committer");
  }

  /**
   * Where the last messages are, by their number modulo the number of slots: written by the
   * committer, and read by those who have seen the future of the write complete.
   */
  private static final class Slots {
    private final long[] places;
    private final int[] lengths;
    private final int[] crcs;

    Slots(int count) {
      places = new long[count];
      lengths = new int[count];
      crcs = new int[count];
    }

    int slot(SpoolId id) {
      return (int) (MessageIds.number(id) & places.length - 1);
    }
  }

  private static final class Write {
    final SpoolId id;
    final byte @Nullable [] data;
    final boolean sync;
    final CompletableFuture<Void> done = new CompletableFuture<>();

    Write(SpoolId id, byte @Nullable [] data, boolean sync) {
      this.id = id;
      this.data = data;
      this.sync = sync;
    }

    int bytes() {
      return HEADER + (data == null ? 0 : data.length);
    }
  }

  static LimitEngine open(Place place) throws IOException {
    long bytes = Math.max(place.retainedBytes() * 5 / 4, 256L << 20);
    int segments = (int) (bytes / LimitLog.SEGMENT_BYTES) + 4;
    long entries = Math.max(1 << 16, 2 * place.retainedEntries());
    Slots index = new Slots(Integer.highestOneBit((int) Math.min(1 << 28, entries) * 2 - 1));
    LimitEngine engine = new LimitEngine(LimitLog.open(place.directory(), segments), index);
    engine.committer.start();
    return engine;
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return submit(new Write(id, data, durability == Durability.SYNC));
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return submit(new Write(id, null, false));
  }

  private CompletableFuture<Void> submit(Write write) {
    queue.offer(write);
    if (parked) {
      LockSupport.unpark(committer);
    }
    return write.done;
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    int slot = index.slot(id);
    byte[] data = new byte[index.lengths[slot]];
    try {
      log.read(ByteBuffer.wrap(data), index.places[slot] + HEADER);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    CRC32C crc = new CRC32C();
    crc.update(data);
    if ((int) crc.getValue() != index.crcs[slot]) {
      return CompletableFuture.failedFuture(new IllegalStateException("overwritten: " + id));
    }
    return CompletableFuture.completedFuture(data);
  }

  @Override
  public void scan(Visitor visitor) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(SCAN_BYTES);
    for (int segment = 0; segment < log.count(); segment++) {
      scanSegment((long) segment * LimitLog.SEGMENT_BYTES, buffer, visitor);
    }
  }

  /** Reads records until one of length 0, which is where nothing was written yet. */
  private void scanSegment(long start, ByteBuffer buffer, Visitor visitor) throws IOException {
    long end = start + LimitLog.SEGMENT_BYTES;
    long place = start;
    buffer.limit(0);
    while (place + HEADER <= end) {
      if (buffer.remaining() < HEADER) {
        fill(buffer, place);
      }
      int length = buffer.getInt();
      int crc = buffer.getInt();
      long high = buffer.getLong();
      long low = buffer.getLong();
      if (length == 0) {
        return;
      }
      place += HEADER;
      if (length != REMOVAL) {
        byte[] data = new byte[length];
        take(data, buffer, place);
        place += length;
        CRC32C actual = new CRC32C();
        actual.update(data);
        if ((int) actual.getValue() != crc) {
          throw new IOException("a bad record before " + place);
        }
        visitor.visit(SpoolId.fromUuid(new UUID(high, low)), data);
      }
    }
  }

  private void take(byte[] data, ByteBuffer buffer, long place) throws IOException {
    int at = 0;
    while (at < data.length) {
      if (!buffer.hasRemaining()) {
        fill(buffer, place + at);
      }
      int length = Math.min(data.length - at, buffer.remaining());
      buffer.get(data, at, length);
      at += length;
    }
  }

  private void fill(ByteBuffer buffer, long place) throws IOException {
    buffer.clear();
    log.read(buffer, place);
    buffer.flip();
  }

  private void commitAll() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(GROUP_BYTES);
    List<Write> group = new ArrayList<>();
    try {
      while (true) {
        Write first = next();
        if (first == null) {
          return;
        }
        commit(first, buffer, group);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a write; null once the engine closes and none is left. */
  private @Nullable Write next() {
    while (true) {
      Write write = queue.poll();
      if (write != null) {
        return write;
      }
      parked = true;
      write = queue.poll();
      if (write == null && !closing) {
        LockSupport.park(this);
      }
      parked = false;
      if (write != null) {
        return write;
      }
      if (closing && queue.isEmpty()) {
        return null;
      }
    }
  }

  private void commit(Write first, ByteBuffer buffer, List<Write> group) throws IOException {
    boolean sync = false;
    int bytes = 0;
    Write write = first;
    while (write != null) {
      group.add(write);
      sync |= write.sync;
      bytes += write.bytes();
      write = bytes < GROUP_BYTES ? queue.poll() : null;
    }
    for (Write each : group) {
      append(each, buffer);
    }
    flush(buffer);
    if (sync) {
      log.force();
    }
    for (Write each : group) {
      each.done.complete(null);
    }
    group.clear();
  }

  private void append(Write write, ByteBuffer buffer) throws IOException {
    if (write.bytes() > LimitLog.SEGMENT_BYTES) {
      throw new IOException("a segment does not hold a message of " + write.bytes() + " bytes");
    }
    if (!log.fits(buffer.position() + (long) write.bytes())) {
      flush(buffer);
      log.roll();
    }
    if (buffer.remaining() < HEADER) {
      flush(buffer);
    }
    long place = log.place() + buffer.position();
    byte[] data = write.data;
    CRC32C crc = new CRC32C();
    if (data != null) {
      crc.update(data);
    }
    UUID uuid = write.id.toUuid();
    buffer.putInt(data == null ? REMOVAL : data.length).putInt((int) crc.getValue());
    buffer.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    if (data != null) {
      copy(data, buffer);
      int slot = index.slot(write.id);
      index.places[slot] = place;
      index.lengths[slot] = data.length;
      index.crcs[slot] = (int) crc.getValue();
    }
  }

  /** Copies through the buffer, which is flushed as often as it is full. */
  private void copy(byte[] data, ByteBuffer buffer) throws IOException {
    int at = 0;
    while (at < data.length) {
      int length = Math.min(data.length - at, buffer.remaining());
      buffer.put(data, at, length);
      at += length;
      if (!buffer.hasRemaining()) {
        flush(buffer);
      }
    }
  }

  private void flush(ByteBuffer buffer) throws IOException {
    buffer.flip();
    log.write(buffer);
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    LockSupport.unpark(committer);
    try {
      committer.join();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while closing");
    }
    log.close();
  }
}
