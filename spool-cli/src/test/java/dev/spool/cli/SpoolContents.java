package dev.spool.cli;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** All that a small spool holds, read in this process. */
final class SpoolContents {
  private SpoolContents() {}

  /** Opens a spool read-only; returns the messages, as texts of one character a byte. */
  static Map<SpoolId, String> of(String uri) {
    try (Spool spool = Spools.open(uri + (uri.contains("?") ? "&" : "?") + "readOnly=true")) {
      return of(spool);
    }
  }

  /** Returns the messages of an open spool. */
  static Map<SpoolId, String> of(Spool spool) {
    Map<SpoolId, String> found = new TreeMap<>();
    EntryChannel channel = EntryChannel.bounded(10, 1 << 20);
    var scan = spool.enumerate(channel);
    for (SpoolEntry entry : channel) {
      SpoolEntry.Item item = (SpoolEntry.Item) entry;
      found.put(item.id(), text(item.data()));
    }
    scan.join();
    return found;
  }

  static String text(byte[] message) {
    return new String(message, StandardCharsets.ISO_8859_1);
  }
}
