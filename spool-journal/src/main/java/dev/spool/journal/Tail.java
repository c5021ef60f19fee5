package dev.spool.journal;

import dev.spool.support.DiskFile;
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
  private static final byte[] ZEROS = new byte[Format.BLOCK];

  private final Rules rules;
  private final ByteBuffer buffer;
  private final RecordHeader.Encoder header = new RecordHeader.Encoder();
  private final CRC32C crc = new CRC32C();

  private @Nullable Segment segment;
  private Summary summary = new Summary();

  /** Where in the segment the buffer begins. */
  private long bufferAt;

  /** Where the last record ends: what follows, up to the next block, may be zeros. */
  private long recordsEnd;

  /** Up to where a sync of this segment has succeeded: exactly where a record ends. */
  private long synced;

  /** Whether something was appended since then. */
  private boolean dirty;

  /** Whether what is appended is about to be synced. */
  private boolean syncing;

  /** Whether what is appended need not go through the page cache. */
  private boolean direct;

  /**
   * @param bytes the size of the buffer, a multiple of the block
   */
  Tail(Rules rules, int bytes) {
    this.rules = rules;
    this.buffer =
        ByteBuffer.allocateDirect(bytes + 2 * Format.BLOCK)
            .alignedSlice(Format.BLOCK)
            .limit(bytes + Format.BLOCK)
            .slice()
            .limit(bytes);
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
    recordsEnd = Format.RECORDS_AT;
    synced = 0;
    append(RecordType.BEGIN, order, previous, previousSynced, NOTHING);
  }

  /**
   * Says what comes next: a group that will be synced, or one that will not be for now.
   *
   * <p>The former, and one that is large, begins at a block, so that it can be written past the
   * page cache: which takes half the time, since it saves copying, and writing back.
   */
  void expect(boolean sync, boolean large) {
    syncing = sync;
    direct = sync || large;
    if (direct && buffer.position() == 0) {
      bufferAt = Format.align(bufferAt, Format.BLOCK);
    }
  }

  /** Tells whether a record has room here, and its mention in the summary. */
  boolean fits(RecordType type, int payload) {
    Segment here = segment;
    if (here == null || here.sealed || here.sealing) {
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
    header.encode(
        type,
        payload.length,
        sequence,
        high,
        low,
        here.generation(),
        (int) rules.mark(synced, position),
        (int) crc.getValue(),
        here.header().salt(),
        position);
    put(header.bytes(), RecordHeader.Encoder.AT, RecordHeader.BYTES);
    summary.add(header.bytes(), position, type == RecordType.REMOVE ? payload : NOTHING);
    put(payload, 0, payload.length);
    while (end() % Format.RECORD_UNIT != 0) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      buffer.put((byte) 0);
    }
    recordsEnd = end();
    dirty = true;
    return position;
  }

  /** Returns the checksum of the payload that was appended last. */
  int payloadCrc() {
    return (int) crc.getValue();
  }

  private Segment current() {
    Segment here = segment;
    if (here == null) {
      throw new IllegalStateException("there is no segment to write to");
    }
    return here;
  }

  private void put(byte[] bytes, int from, int count) throws IOException {
    int done = 0;
    while (done < count) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      int piece = Math.min(count - done, buffer.remaining());
      buffer.put(bytes, from + done, piece);
      done += piece;
    }
  }

  /** Writes the buffer, which is full. */
  private void drain() throws IOException {
    int bytes = buffer.position();
    target().write(buffer.duplicate().flip(), bufferAt);
    bufferAt += bytes;
    buffer.position(0);
  }

  /**
   * Where to write: never past the page cache to a block of which a part went through it, since
   * what is to be written back may not have been.
   */
  private DiskFile target() {
    Segment here = current();
    DiskFile past = here.direct;
    return direct && past != null && bufferAt % Format.BLOCK == 0 ? past : here.file();
  }

  /** Hands everything to the operating system, and zeros up to the end of the block. */
  void write() throws IOException {
    if (buffer.position() == 0) { // after a seal too
      return;
    }
    ByteBuffer out = buffer.duplicate().limit(buffer.capacity());
    long end = end();
    int used = (int) ((bufferAt + out.position()) % Format.BLOCK);
    if (used != 0) {
      out.put(ZEROS, 0, Format.BLOCK - used);
    }
    target().write(out.flip(), bufferAt);
    bufferAt = end;
    buffer.position(0);
  }

  /** Writes everything, and brings it onto stable storage. */
  void force() throws IOException {
    write();
    if (dirty) {
      force(current().file());
      synced = recordsEnd;
      dirty = false;
      bufferAt = rules.groupAfterSync(end());
    }
  }

  static void force(DiskFile file) throws SyncFailure {
    try {
      file.force(false);
    } catch (IOException e) {
      throw new SyncFailure(file.path(), e);
    }
  }

  /** Tells whether what is appended is about to be synced. */
  boolean isSyncing() {
    return syncing;
  }

  /**
   * Ends the segment: nothing more is appended to it. All of it is handed to the operating system,
   * and if a sync is about to come, synced, since that one will be of another file.
   *
   * @return what is left to be done
   */
  Sealing end(boolean sync) throws IOException {
    Segment here = current();
    if (sync && rules.syncsBeforeSeal()) {
      force();
    } else {
      write();
    }
    Sealing left = new Sealing(here, summary, end(), !dirty, rules);
    dirty = false;
    return left;
  }
}
