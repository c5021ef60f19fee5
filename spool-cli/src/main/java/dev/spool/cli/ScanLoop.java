package dev.spool.cli;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Runs a scan to its end, and shows each entry to a visitor, on the calling thread. */
final class ScanLoop {
  private static final int ENTRIES = 256;
  private static final long BYTES = 16L << 20;

  private ScanLoop() {}

  /** Takes an entry. */
  @FunctionalInterface
  interface Visitor {
    /** Returns whether to go on. */
    boolean visit(SpoolEntry entry) throws IOException;
  }

  /**
   * Runs a scan.
   *
   * @param scan starts it: {@code spool::list} or {@code spool::enumerate}
   * @return whether everything was seen; false if the visitor had enough
   * @throws dev.spool.SpoolException if the scan failed
   */
  static boolean run(Function<EntryChannel, CompletableFuture<ScanReport>> scan, Visitor visitor)
      throws IOException {
    try (EntryChannel channel = EntryChannel.bounded(ENTRIES, BYTES)) {
      CompletableFuture<ScanReport> report = scan.apply(channel);
      for (SpoolEntry entry : channel) {
        if (!visitor.visit(entry)) {
          return false;
        }
      }
      report.join();
      return true;
    }
  }
}
