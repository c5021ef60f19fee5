package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import dev.spool.support.EngineContext;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Shows every message to a scan, shard by shard of the index: an id is in one shard, whatever
 * becomes of its message. Of each shard the ids are taken at one moment, and then read in the order
 * in which they lie on the disk; so a slow consumer holds up nothing but this scan.
 */
final class JournalScan {
  private final JournalEngine engine;
  private final Index index;
  private final List<Journal.Damage> damages;
  private final EngineContext context;
  private final ScanCall scan;

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
    for (int shard = 0; shard < index.shards(); shard++) {
      scan.checkCancelled();
      List<Listed> listed = new ArrayList<>();
      index.visit(shard, (id, entry) -> listed.add(new Listed(id, entry)));
      listed.sort(
          Comparator.<Listed>comparingInt(each -> each.entry().segment())
              .thenComparingLong(each -> each.entry().position()));
      for (Listed each : listed) {
        if (!scan.skips(each.id())) {
          show(each);
        }
      }
    }
  }

  private void show(Listed each) {
    if (!scan.payloads()) {
      scan.listed(each.id(), each.entry().length());
      return;
    }
    byte[] message;
    try {
      message = engine.find(each.id());
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
}
