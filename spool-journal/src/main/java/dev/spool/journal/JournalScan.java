package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import dev.spool.support.EngineContext;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows every message to a scan. An id is in one shard of the index, whatever becomes of its
 * message; of each shard the ids are taken at one moment. As many of them as memory may hold are
 * put in the order in which they lie on the disk, and read so; a slow consumer holds up nothing but
 * this scan.
 */
final class JournalScan {
  /** How many ids are put in order at once. */
  private static final int BATCH = 1 << 17;

  private final JournalEngine engine;
  private final Index index;
  private final List<Journal.Damage> damages;
  private final EngineContext context;
  private final ScanCall scan;
  private final Window window = new Window();

  private record Listed(SpoolId id, Entry entry) {}

  JournalScan(
      JournalEngine engine,
      Index index,
      List<Journal.Damage> damages,
      EngineContext context,
      ScanCall scan) {
    this.engine = engine;
    this.index = index;
    this.damages = damages;
    this.context = context;
    this.scan = scan;
  }

  void run() {
    for (Journal.Damage damage : damages) {
      scan.corrupt(null, damage.location(), damage.error());
    }
    List<Listed> batch = new ArrayList<>();
    for (int shard = 0; shard < index.shards(); shard++) {
      scan.checkCancelled();
      index.visit(
          shard,
          (id, entry) -> {
            if (!scan.skips(id)) {
              batch.add(new Listed(id, entry));
            }
          });
      if (batch.size() >= BATCH || !scan.payloads()) {
        show(batch);
      }
    }
    show(batch);
  }

  private void show(List<Listed> batch) {
    if (!scan.payloads()) {
      batch.forEach(each -> scan.listed(each.id(), each.entry().length()));
    } else {
      batch.sort(
          Comparator.<Listed>comparingInt(each -> each.entry().segment())
              .thenComparingLong(each -> each.entry().position()));
      for (int i = 0; i < batch.size(); i++) {
        show(batch.get(i), i + 1 < batch.size() ? batch.get(i + 1).entry() : null);
      }
    }
    batch.clear();
  }

  private void show(Listed each, @Nullable Entry next) {
    byte[] message = readAhead(each, next);
    try {
      message = message == null ? engine.find(each.id()) : message;
    } catch (IOException e) {
      throw context.readFailed("cannot read message " + each.id(), e);
    } catch (Journal.Damage e) {
      context.health().entryDamaged(e.location() + " is damaged: " + e.error());
      scan.corrupt(each.id(), e.location(), e.error());
      return;
    }
    if (message != null) { // else it was removed meanwhile
      scan.item(each.id(), message);
    }
  }

  /**
   * Reads where it was listed; null if it is not there any more, or that fails: it is looked for
   * then. The consumer may have been slow since.
   */
  private byte @Nullable [] readAhead(Listed each, @Nullable Entry next) {
    Journal journal = engine.current();
    Segment segment = journal.find(each.entry());
    if (segment == null || !each.entry().equals(journal.index().get(each.id()))) {
      return null;
    }
    try {
      return window.read(segment, each.id(), each.entry(), next);
    } catch (IOException e) {
      return null;
    }
  }
}
