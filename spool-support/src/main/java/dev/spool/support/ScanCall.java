package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A scan as its engine sees it: where entries go, and what is wanted. The methods that take an
 * entry block while the channel is full, and throw when the scan is cancelled or the spool is
 * closed. Belongs to the scan's thread; others may call {@link #cancel}, {@link #checkCancelled},
 * and what says what is wanted.
 */
public final class ScanCall {
  private final EntryChannel channel;
  private final Instant startTime;
  private final boolean payloads;
  private final long begun = System.nanoTime();

  private long items;
  private long corrupt;
  private long skipped;

  /**
   * Why the scan has to end, set by others; null while it may go on. Written under this object's
   * monitor, like {@link #completed}: a scan is cancelled or complete, never both.
   */
  private volatile @Nullable SpoolException cancelled;

  @GuardedBy("this")
  private boolean completed;

  ScanCall(EntryChannel channel, Instant startTime, boolean payloads) {
    this.channel = channel;
    this.startTime = startTime;
    this.payloads = payloads;
  }

  /** Returns the time from which on entries are skipped. */
  public Instant startTime() {
    return startTime;
  }

  /** Tells whether messages are wanted, or just their names and lengths. */
  public boolean payloads() {
    return payloads;
  }

  /**
   * Tells whether the entry was created too late for this scan, and counts it if so. To be asked
   * once an entry.
   */
  public boolean skips(SpoolId id) {
    boolean skip = isTooNew(id);
    skipped(skip ? 1 : 0);
    return skip;
  }

  /** Tells whether the entry was created too late for this scan, which then has to be counted. */
  public boolean isTooNew(SpoolId id) {
    return !id.createdAt().isBefore(startTime);
  }

  /** Counts entries that are too new. */
  public void skipped(int count) {
    skipped += count;
  }

  /** Hands over a message, whose array is the receiver's from now on. */
  public void item(SpoolId id, byte[] data) {
    send(new SpoolEntry.Item(id, data));
    items++;
  }

  /** Hands over a name and a length. */
  public void listed(SpoolId id, long length) {
    send(new SpoolEntry.Listed(id, length));
    items++;
  }

  /**
   * Hands over a damaged entry.
   *
   * @param id the entry's name, if it can be told
   * @param location where it lies
   * @param error what is wrong with it
   */
  public void corrupt(@Nullable SpoolId id, String location, String error) {
    send(new SpoolEntry.Corrupt(id, location, error));
    corrupt++;
  }

  /**
   * Throws if the scan has been cancelled: to be called now and then by an engine that sends
   * nothing for long.
   */
  public void checkCancelled() {
    SpoolException why = cancelled;
    if (why != null) {
      throw why;
    }
    if (channel.isCancelled()) {
      throw new ScanCancelledException();
    }
  }

  /** Returns how many damaged entries were handed over. */
  public long corruptCount() {
    return corrupt;
  }

  void cancel(SpoolException why) {
    synchronized (this) {
      if (completed) {
        return;
      }
      cancelled = why;
    }
    channel.fail(why);
  }

  /** Everything was handed over. Throws if the scan was cancelled nevertheless. */
  void complete() {
    synchronized (this) {
      checkCancelled();
      completed = true;
    }
    channel.complete();
    if (channel.isCancelled()) { // by a consumer, before everything was received
      throw new ScanCancelledException();
    }
  }

  void fail(SpoolException why) {
    channel.fail(why);
  }

  ScanReport report() {
    return new ScanReport(items, corrupt, skipped, Duration.ofNanos(System.nanoTime() - begun));
  }

  private void send(SpoolEntry entry) {
    checkCancelled();
    if (!channel.send(entry)) {
      checkCancelled();
      throw new ScanCancelledException();
    }
    // Nobody has any business to interrupt this thread: the file that it reads next, which others
    // may be using, would be closed.
    boolean unused = Thread.interrupted();
  }
}
