package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.GroupCommit.Write;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/**
 * What this machine can do at all: a bare append-only log.
 *
 * <p>Each group is written into pre-written segments, and forced once. It keeps what a log needs to
 * be believed, the lengths and a CRC32C of each record and the generation of its segment, and
 * nothing that makes a store of it: nothing is compacted, a segment is overwritten when its turn
 * comes, and a removal is a record of its own, so that a scan shows what was removed. Opening looks
 * for the newest segment only; an index of what there is already is made by {@link #index} or a
 * scan, which must come before the first write.
 */
final class LimitEngine implements Engine.LoadsInPlace, Engine.Scans {
  /** Length (4), CRC32C (4), generation (4), id (16). */
  private static final int HEADER = 28;

  /** The length of a removal. */
  private static final int REMOVAL = -1;

  private static final int SEGMENT_BYTES = 64 << 20;
  private static final long SMALLEST_RING = 256L << 20;
  private static final int SPARE_SEGMENTS = 4;
  private static final int GROUP_BYTES = 8 << 20;
  private static final int SCAN_BYTES = 256 << 10;

  private final LimitLog log;
  private final Slots index;

  /** Used by the committer only. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(GROUP_BYTES);

  /** Of the current segment, from 1; written by the committer only, once open. */
  private int generation;

  private final GroupCommit commits;

  private LimitEngine(LimitLog log, Slots index) throws IOException {
    this.log = log;
    this.index = index;
    beginAfterNewest();
    this.commits = GroupCommit.start("limit", GROUP_BYTES, this::commit);
  }

  /**
   * Where the last messages are, by their number modulo the number of slots: written by the
   * committer, and read by those who have seen the future of the write complete.
   */
  private static final class Slots {
    /** The number of the message, and 1; 0 where there is none. */
    private final long[] numbers;

    private final long[] places;
    private final int[] lengths;
    private final int[] crcs;

    Slots(long entries) {
      int count = Integer.highestOneBit((int) Math.min(1 << 28, entries) * 2 - 1);
      numbers = new long[count];
      places = new long[count];
      lengths = new int[count];
      crcs = new int[count];
    }

    private int slot(SpoolId id) {
      return (int) (MessageIds.number(id) & numbers.length - 1);
    }

    private boolean has(SpoolId id) {
      return numbers[slot(id)] == MessageIds.number(id) + 1;
    }

    void put(SpoolId id, long place, int length, int crc) {
      int slot = slot(id);
      numbers[slot] = MessageIds.number(id) + 1;
      places[slot] = place;
      lengths[slot] = length;
      crcs[slot] = crc;
    }

    void remove(SpoolId id) {
      if (has(id)) {
        numbers[slot(id)] = 0;
      }
    }
  }

  static LimitEngine open(Place place) throws IOException {
    return open(place, SEGMENT_BYTES, Math.max(place.retainedBytes() * 5 / 4, SMALLEST_RING));
  }

  /** Opens with a ring of {@code ringBytes} and some segments to spare. */
  static LimitEngine open(Place place, int segmentBytes, long ringBytes) throws IOException {
    int segments = (int) (ringBytes / segmentBytes) + SPARE_SEGMENTS;
    return new LimitEngine(
        LimitLog.open(place.directory(), segments, segmentBytes),
        new Slots(Math.max(1 << 16, place.retainedEntries())));
  }

  /** Nothing is appended to a segment that was there before. */
  private void beginAfterNewest() throws IOException {
    int newest = -1;
    for (int segment = 0; segment < log.count(); segment++) {
      int found = generationAt(log.start(segment));
      if (found > generation) {
        generation = found;
        newest = segment;
      }
    }
    log.goTo(newest + 1);
    generation++;
  }

  private int generationAt(long place) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    log.read(header, place);
    return header.getInt(8);
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return commits.store(id, data, durability);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return commits.remove(id);
  }

  /** Takes a write that was admitted. */
  void add(WriteCall call) {
    commits.add(call);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    if (!index.has(id)) {
      return CompletableFuture.failedFuture(new IllegalStateException("not there: " + id));
    }
    int slot = index.slot(id);
    byte[] data = new byte[index.lengths[slot]];
    try {
      log.read(ByteBuffer.wrap(data), index.places[slot] + HEADER);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return crc(data) == index.crcs[slot]
        ? CompletableFuture.completedFuture(data)
        : CompletableFuture.failedFuture(new IllegalStateException("overwritten: " + id));
  }

  @Override
  public void index() throws IOException {
    scan((id, data) -> {});
  }

  private static int crc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }

  @Override
  public void scan(Visitor visitor) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(SCAN_BYTES);
    for (int segment = 0; segment < log.count(); segment++) {
      scanSegment(log.start(segment), bytes, visitor);
    }
  }

  /** Reads the records of one generation: what follows them is of an earlier one, or nothing. */
  private void scanSegment(long start, ByteBuffer bytes, Visitor visitor) throws IOException {
    long end = start + log.segmentBytes();
    long place = start;
    int first = 0;
    bytes.limit(0);
    while (place + HEADER <= end) {
      if (bytes.remaining() < HEADER) {
        fill(bytes, place);
      }
      int length = bytes.getInt();
      int crc = bytes.getInt();
      int found = bytes.getInt();
      UUID uuid = new UUID(bytes.getLong(), bytes.getLong());
      first = place == start ? found : first;
      if (found == 0 || found != first) {
        return;
      }
      SpoolId id = SpoolId.fromUuid(uuid);
      if (length == REMOVAL) {
        index.remove(id);
        place += HEADER;
      } else {
        byte[] data = new byte[length];
        take(data, bytes, place + HEADER);
        if (crc(data) != crc) {
          throw new IOException("a bad record at " + place);
        }
        index.put(id, place, length, crc);
        visitor.visit(id, data);
        place += HEADER + length;
      }
    }
  }

  private void take(byte[] data, ByteBuffer bytes, long place) throws IOException {
    int at = 0;
    while (at < data.length) {
      if (!bytes.hasRemaining()) {
        fill(bytes, place + at);
      }
      int length = Math.min(data.length - at, bytes.remaining());
      bytes.get(data, at, length);
      at += length;
    }
  }

  private void fill(ByteBuffer bytes, long place) throws IOException {
    bytes.clear();
    log.read(bytes, place);
    bytes.flip();
  }

  private void commit(List<Write> group, boolean sync) throws IOException {
    for (Write write : group) {
      append(write, sync);
    }
    flush();
    if (sync) {
      log.force();
    }
  }

  private void append(Write write, boolean sync) throws IOException {
    byte[] data = write.data();
    int bytes = HEADER + (data == null ? 0 : data.length);
    if (bytes > log.segmentBytes()) {
      throw new IOException("a segment does not hold a message of " + bytes + " bytes");
    }
    if (!log.fits(buffer.position() + (long) bytes)) {
      roll(sync);
    }
    if (buffer.remaining() < HEADER) {
      flush();
    }
    long place = log.place() + buffer.position();
    int crc = data == null ? 0 : crc(data);
    UUID uuid = write.id().toUuid();
    buffer.putInt(data == null ? REMOVAL : data.length).putInt(crc).putInt(generation);
    buffer.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    if (data == null) {
      index.remove(write.id());
    } else {
      copy(data);
      index.put(write.id(), place, data.length, crc);
    }
  }

  /** Goes to the next segment; what the group wrote to this one is forced like the rest of it. */
  private void roll(boolean sync) throws IOException {
    flush();
    if (sync) {
      log.force();
    }
    log.goTo(log.segment() + 1);
    generation++;
  }

  /** Copies through the buffer, which is flushed as often as it is full. */
  private void copy(byte[] data) throws IOException {
    int at = 0;
    while (at < data.length) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int length = Math.min(data.length - at, buffer.remaining());
      buffer.put(data, at, length);
      at += length;
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    log.write(buffer);
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    commits.close();
    log.close();
  }
}
