package dev.spool.support;

import dev.spool.SpoolHealth;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * A spool as its operator sees it in a JMX console, as {@code dev.spool:type=Spool,name=NAME}: how
 * it is, what is under way, and the maintenance that may be asked for.
 *
 * <p>Attributes are read from memory: reading one does no I/O, waits for none, and never reaches
 * the storage engine, so they answer while the storage hangs. Each is read by itself, so two of
 * them may be of two moments. A figure that the spool does not have is null.
 *
 * <p>Operations return when the work is done, and occupy a thread of the JMX connector for as long:
 * a compaction may take hours. One that fails throws a plain {@link RuntimeException} whose message
 * is the operator's detail and the chain of causes, and nothing that a client would need classes of
 * the spool for. What is returned are composite data with named items; a client that has this
 * interface may use it by {@link javax.management.JMX#newMXBeanProxy}.
 *
 * <p>Safe for use by any thread.
 */
public interface SpoolMXBean {

  /** Returns the backend's URI scheme. */
  String getBackend();

  /** Returns the state of health. */
  SpoolHealth.State getState();

  /** Returns what is wrong, with paths and figures; null if nothing is. */
  @Nullable String getReason();

  /** Returns the failure behind the reason, with its causes; null if there is none. */
  @Nullable String getCause();

  /** Returns when the state was entered. */
  Date getSince();

  /** Returns how many stores are under way. */
  @Nullable Long getStoresInFlight();

  /** Returns how many loads are under way. */
  @Nullable Long getLoadsInFlight();

  /** Returns how many removals are under way. */
  @Nullable Long getRemovesInFlight();

  /** Returns the bytes of the stores that are under way. */
  @Nullable Long getBytesInFlight();

  /** Returns how many calls wait for admission. */
  @Nullable Long getCallsWaiting();

  /**
   * Returns the bytes that were free for this process on the spool's file system when the spool
   * last asked, a second or so ago; null if that is not known, or there is no such limit.
   */
  @Nullable Long getFreeBytes();

  /** Returns the inodes that were free then; null if that is not known, or there is no limit. */
  @Nullable Long getFreeInodes();

  /**
   * Flushes and compacts everything now, and waits for that.
   *
   * @throws RuntimeException if it fails, saying what was found broken
   */
  Compaction compact();

  /**
   * Does the periodic maintenance now, and waits for that.
   *
   * @throws RuntimeException if it fails, saying why
   */
  Cleanup cleanup();

  /**
   * Flushes and drops caches, and waits for that. Returns the bytes of memory saved, which may be
   * negative.
   *
   * @throws RuntimeException if it fails, saying why
   */
  long adviseLowMemory();

  /** What a compaction has done; see {@link dev.spool.CompactionReport}. */
  interface Compaction {
    /** Returns the bytes of storage before it. */
    long getBytesBefore();

    /** Returns the bytes of storage after it. */
    long getBytesAfter();

    /** Returns the files before it. */
    long getFilesBefore();

    /** Returns the files after it. */
    long getFilesAfter();

    /** Returns how long it took, in milliseconds. */
    long getElapsedMillis();
  }

  /** What a cleanup has done; see {@link dev.spool.CleanupReport}. */
  interface Cleanup {
    /** Returns how many files or directories were removed since nothing needs them. */
    long getRemoved();

    /** Returns the bytes of storage given back. */
    long getBytesFreed();

    /** Returns how long it took, in milliseconds. */
    long getElapsedMillis();
  }
}
