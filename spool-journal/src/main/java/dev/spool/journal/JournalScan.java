package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows every message to a scan. An id is in one shard of the index, whatever becomes of its
 * message; of each shard the ids are taken at one moment. As many of them as memory may hold are
 * put in the order in which they lie on the disk, and read so; a slow consumer holds up nothing but
 * this scan.
 */
final class JournalScan {
  /** How many entries are put in order at once, of 51 to 72 bytes each. */
  private static final int BATCH = 1 << 19;

  /** How many messages are handed over one right after the other, and how many bytes of them. */
  private static final int TOGETHER = 64;

  private static final long BYTES_TOGETHER = 256 << 10;

  private final JournalEngine engine;
  private final Index index;
  private final List<Damage> damages;
  private final EngineContext context;
  private final ScanCall scan;
  private final Window window = new Window();
  private final ScanBatch batch = new ScanBatch();

  /** What was read, and not handed over yet. */
  private final List<SpoolId> ids = new ArrayList<>();

  private final List<byte[]> messages = new ArrayList<>();
  private long bytes;

  JournalScan(
      JournalEngine engine,
      Index index,
      List<Damage> damages,
      EngineContext context,
      ScanCall scan) {
    this.engine = engine;
    this.index = index;
    this.damages = damages;
    this.context = context;
    this.scan = scan;
  }

  void run() {
    for (Damage damage : damages) {
      scan.corrupt(null, damage.location(), damage.error());
    }
    if (scan.payloads()) {
      batch.expect((int) Math.min(index.size(), BATCH) * 2 * Index.WORDS);
    }
    for (int shard = 0; shard < index.shards(); shard++) {
      scan.checkCancelled();
      index.addTo(batch, shard);
      // Tables do not shrink when messages are removed: there may be many more words than entries.
      if (batch.size() >= BATCH || batch.end() >= 2 * BATCH * Index.WORDS || !scan.payloads()) {
        show();
      }
    }
    show();
  }

  private void show() {
    if (scan.payloads()) {
      batch.sort();
      for (int i = 0; i < batch.size(); i++) {
        show(batch.at(i), i + 1 < batch.size() ? batch.at(i + 1) : -1);
      }
      handOver();
    } else {
      list();
    }
    batch.clear();
  }

  private void list() {
    long[] words = batch.words();
    for (int at = 0; at < batch.end(); at += Index.WORDS) {
      if (words[at] != 0) {
        SpoolId id = Index.id(words, at);
        if (!scan.skips(id)) {
          scan.listed(id, Index.length(words, at));
        }
      }
    }
  }

  private void show(int at, int next) {
    SpoolId id = Index.id(batch.words(), at);
    if (scan.skips(id)) {
      return;
    }
    byte[] message = readAhead(id, at, next);
    try {
      message = message == null ? engine.find(id) : message;
    } catch (IOException e) {
      throw context.readFailed("cannot read message " + id, e);
    } catch (Damage e) {
      context.health().entryDamaged(e.location() + " is damaged: " + e.error());
      scan.corrupt(id, e.location(), e.error());
      return;
    }
    if (message != null) { // else it was removed meanwhile
      ids.add(id);
      messages.add(message);
      bytes += message.length;
      if (ids.size() >= TOGETHER || bytes >= BYTES_TOGETHER) {
        handOver();
      }
    }
  }

  /** A consumer that is as fast as this scan would be woken for each message otherwise. */
  private void handOver() {
    for (int i = 0; i < ids.size(); i++) {
      scan.item(ids.get(i), messages.get(i));
    }
    ids.clear();
    messages.clear();
    bytes = 0;
  }

  /**
   * Reads where it was listed; null if it is not there any more, or that fails: it is looked for
   * then. The consumer may have been slow since.
   */
  private byte @Nullable [] readAhead(SpoolId id, int at, int next) {
    long[] words = batch.words();
    Journal journal = engine.current();
    Segment segment = journal.pool().find(Index.segment(words, at));
    if (segment == null || !journal.index().holds(words, at)) {
      return null;
    }
    boolean isClose = next >= 0 && Index.segment(words, next) == Index.segment(words, at);
    try {
      return window.read(
          segment,
          id,
          Index.position(words, at),
          Index.length(words, at),
          isClose ? Index.position(words, next) : Long.MAX_VALUE);
    } catch (IOException e) {
      return null;
    }
  }
}
