package dev.spool.filesystem;

import dev.spool.SpoolEntry;
import dev.spool.support.Disk;
import dev.spool.support.EngineContext;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Shows every message to a scan. Several {@link ScanReader}s read side by side, which a disk that
 * is cold needs to be kept busy; what they bring is handed over by the scan's own thread, a bunch
 * at a time, so that consumers are not woken for each; but the first entry comes alone, at once.
 *
 * <p>No directory or file is open while an entry is handed over; so a slow consumer holds up
 * nothing but this scan, whose memory is bounded: by {@link #BYTES}, by the bunches that are under
 * way, and by {@link ScanNames}.
 */
final class FileScan {
  /** Messages that are read and not handed over yet, in bytes; a larger one comes alone. */
  static final int BYTES = 8 << 20;

  static final int READERS = 32;

  /** Bunches that wait, at most; then the readers do. */
  private static final int WAITING = 2 * READERS;

  private final Disk disk;
  private final ScanNames names;
  private final Presence presence;
  private final MessageReader reader;
  private final FileLayout layout;
  private final Faults faults;
  private final EngineContext context;
  private final ScanCall scan;

  /** What the readers have brought. */
  private final ScanQueue brought = new ScanQueue(WAITING, BYTES);

  /** Whether anything was brought that can be handed over. */
  private volatile boolean begun;

  /** Whether the readers are to stop before they are done. */
  private volatile boolean stopped;

  /**
   * What a reader brings.
   *
   * @param skipped messages that are too new for this scan
   * @param bytes the memory that it holds
   * @param end whether the reader has ended
   * @param failure what it has ended with, unless all names were used up
   */
  record Bunch(
      List<SpoolEntry> entries, int skipped, int bytes, boolean end, @Nullable Throwable failure) {}

  FileScan(
      Disk disk,
      FileLayout layout,
      MessageFiles files,
      Presence presence,
      MessageReader reader,
      Faults faults,
      EngineContext context,
      ScanCall scan) {
    this.disk = disk;
    this.names = new ScanNames(layout, files, presence, faults, scan::checkCancelled);
    this.layout = layout;
    this.presence = presence;
    this.reader = reader;
    this.faults = faults;
    this.context = context;
    this.scan = scan;
  }

  void run() {
    int running = start();
    Throwable failure = null;
    while (running > 0) {
      Bunch bunch = brought.take();
      running -= bunch.end ? 1 : 0;
      if (failure == null) {
        failure = handOver(bunch);
      }
      brought.release(bunch.bytes);
      stopped |= failure != null;
    }
    if (failure instanceof Error error) {
      throw error;
    } else if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    forgetInterrupt();
    checkPresence();
  }

  /** Starts the readers; returns how many, at least one. */
  private int start() {
    ThreadFactory threads = context.threads().numbered("scan-reader");
    int running = 0;
    try {
      while (running < READERS) {
        threads.newThread(new ScanReader(this, disk, names, reader, layout, faults, scan)).start();
        running++;
      }
    } catch (OutOfMemoryError | InternalError e) { // there is no thread to be had
      if (running == 0) {
        throw e;
      }
    }
    return running;
  }

  /** Returns why the scan cannot go on; null if it can. */
  private @Nullable Throwable handOver(Bunch bunch) {
    try {
      handOverEntries(bunch);
    } catch (Throwable e) {
      return e;
    }
    return bunch.failure;
  }

  private void handOverEntries(Bunch bunch) {
    scan.skipped(bunch.skipped);
    for (SpoolEntry entry : bunch.entries) {
      if (entry instanceof SpoolEntry.Item item) {
        scan.item(item.id(), item.data());
      } else if (entry instanceof SpoolEntry.Listed listed) {
        scan.listed(listed.id(), listed.length());
      } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
        scan.corrupt(corrupt.id(), corrupt.location(), corrupt.error());
      }
    }
    scan.checkCancelled();
  }

  /** An interrupt closes the file that is read next, and nobody has any business to do that. */
  private static void forgetInterrupt() {
    boolean unused = Thread.interrupted();
  }

  // For the readers

  boolean isStopped() {
    return stopped;
  }

  /**
   * What was not found while scanning is missing only if the spool is not. To be asked at once: it
   * may be away for a moment only.
   */
  void checkPresence() {
    try {
      presence.check();
    } catch (IOException e) {
      throw faults.reading("cannot scan", layout.root(), e);
    }
  }

  /**
   * Tells whether there is an entry to be handed over, or was: the first one waits for no other.
   */
  boolean hasBegun() {
    return begun;
  }

  /** Takes memory for a message; false if there is none now. */
  boolean tryReserve(int length) {
    return brought.tryReserve(length);
  }

  /** Takes memory for a message, and waits for it. */
  void reserve(int length) {
    brought.reserve(length);
    forgetInterrupt();
  }

  /** Takes what a reader has read, and lets it wait while there is much already. */
  void bring(Bunch bunch) {
    if (!bunch.entries.isEmpty()) {
      begun = true;
    }
    brought.add(bunch);
    forgetInterrupt();
  }
}
