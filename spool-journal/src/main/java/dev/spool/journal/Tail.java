package dev.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The end of the journal: the segment that is being written, and a buffer of what comes next.
 *
 * <p>Belongs to the thread that writes the journal. After an {@link IOException} nothing more may
 * be written to the segment.
 */
final class Tail {
  private static final byte[] NOTHING = new byte[0];

  private final Rules rules;
  private final ByteBuffer buffer;
  private final ByteBuffer header = ByteBuffer.allocate(RecordHeader.BYTES);
  private final CRC32C crc = new CRC32C();

  private @Nullable Segment segment;
  private Summary summary = new Summary();

  /** Where in the segment the buffer begins. */
  private long bufferAt;

  /** Up to where a sync of this segment has succeeded. */
  private long synced;

  /** Whether something was appended since then. */
  private boolean dirty;

  /**
   * @param bytes the size of the buffer
   */
  Tail(Rules rules, int bytes) {
    this.rules = rules;
    this.buffer = ByteBuffer.allocateDirect(bytes + Format.BLOCK).limit(bytes);
  }

  /** Returns the segment that is being written; null if there is none. */
  @Nullable Segment segment() {
    return segment;
  }

  private long end() {
    return bufferAt + buffer.position();
  }

  /** Whether something was appended that no sync covers. */
  boolean isDirty() {
    return dirty;
  }

  /**
   * Goes on in a segment that was never written to in this life.
   *
   * @param order higher than that of all segments that were written before
   */
  void begin(Segment next, int order) throws IOException {
    Segment before = segment;
    long previous = before == null ? 0 : before.generation();
    long previousSynced = synced;
    segment = next;
    summary = new Summary();
    bufferAt = Format.RECORDS_AT;
    synced = 0;
    append(RecordType.BEGIN, order, previous, previousSynced, NOTHING);
  }

  /** Tells whether a record has room here, and its mention in the summary. */
  boolean fits(RecordType type, int payload) {
    Segment here = segment;
    if (here == null || here.sealed) {
      return false;
    }
    long records = Format.align(end() + RecordHeader.BYTES + payload, Format.BLOCK);
    long needed = records + Format.align(summary.bytesWith(type, payload), Format.BLOCK);
    return needed <= Format.trailerAt(here.length());
  }

  /** Appends a record, which must fit, and returns its position. */
  long append(RecordType type, long sequence, long high, long low, byte[] payload)
      throws IOException {
    Segment here = current();
    long position = end();
    crc.reset();
    crc.update(payload);
    new RecordHeader(
            type,
            payload.length,
            sequence,
            high,
            low,
            here.generation(),
            (int) rules.mark(synced, position),
            (int) crc.getValue())
        .encode(header.clear(), here.header().salt(), position);
    if (buffer.remaining() < RecordHeader.BYTES) {
      drain();
    }
    buffer.put(header.array());
    summary.add(header.array(), position, type == RecordType.REMOVE ? payload : NOTHING);
    put(payload);
    while (end() % Format.RECORD_UNIT != 0) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      buffer.put((byte) 0);
    }
    dirty = true;
    return position;
  }

  private Segment current() {
    Segment here = segment;
    if (here == null) {
      throw new IllegalStateException("there is no segment to write to");
    }
    return here;
  }

  private void put(byte[] payload) throws IOException {
    int done = 0;
    while (done < payload.length) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      int piece = Math.min(payload.length - done, buffer.remaining());
      buffer.put(payload, done, piece);
      done += piece;
    }
  }

  private void drain() throws IOException {
    int bytes = buffer.position();
    current().file().write(buffer.duplicate().flip(), bufferAt);
    bufferAt += bytes;
    buffer.position(0);
  }

  /** Hands everything to the operating system, and zeros up to the end of the block. */
  void write() throws IOException {
    if (buffer.position() == 0) { // after a seal too
      return;
    }
    ByteBuffer out = buffer.duplicate().limit(buffer.capacity());
    long end = end();
    while ((bufferAt + out.position()) % Format.BLOCK != 0) {
      out.put((byte) 0);
    }
    current().file().write(out.flip(), bufferAt);
    bufferAt = end;
    buffer.position(0);
  }

  /** Writes everything, and brings it onto stable storage. */
  void force() throws IOException {
    write();
    if (dirty) {
      force(current());
      synced = end();
      dirty = false;
      bufferAt = rules.groupAfterSync(end());
    }
  }

  private static void force(Segment here) throws SyncFailure {
    try {
      here.file().force(false);
    } catch (IOException e) {
      throw new SyncFailure(here, e);
    }
  }

  /** Ends the segment: all of it is on stable storage, and so is its summary. */
  void seal() throws IOException {
    Segment here = current();
    if (rules.syncsBeforeSeal()) {
      force();
    } else {
      write();
    }
    summary.write(here, end());
    force(here);
    dirty = false;
    here.sealed = true;
    here.reusable = true;
  }
}
