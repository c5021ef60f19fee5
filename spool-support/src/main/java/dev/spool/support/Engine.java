package dev.spool.support;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a local backend is behind {@link LocalSpool}: the storage itself. The spool around it checks
 * arguments, admits, times out, sheds, runs the threads and completes the futures; the engine
 * stores bytes and tells the truth.
 *
 * <p>Between construction and {@link #stop} every method may be called by several threads at once,
 * and beside every other. {@link #stop} begins only after all other calls have returned, so an
 * engine needs no guard of its own against use after close. Methods may throw {@link IOException}:
 * the spool types it by {@link IoFailures} and reports it to the health latch. What the engine
 * throws as a {@link SpoolException}, it has reported itself to its {@link EngineContext}.
 */
public interface Engine {

  /**
   * Told, last, that the spool is open: nothing can fail behind it but what this throws, and then
   * the spool is not opened, and {@link #stop} is called. So this is the place for what an opening
   * that comes to nothing must not have done. Called once, on the caller's thread.
   */
  default void opened() {}

  /**
   * Takes a store or a removal that was admitted. Returns at once, without I/O, having handed it to
   * the thread that writes; never throws. The writer calls {@link WriteCall#join()} when it takes
   * the call up, and, if that was true, {@link WriteCall#succeed()} or {@link WriteCall#fail} once.
   * An engine without I/O may do all of it here.
   */
  void write(WriteCall call);

  /**
   * Reads a message. Runs on one of the spool's reader threads; of an engine without I/O, on the
   * caller's.
   *
   * @throws dev.spool.MessageNotFoundException if there is none
   * @throws dev.spool.MessageCorruptException if it is damaged
   */
  byte[] load(SpoolId id) throws IOException;

  /**
   * Reads messages that wait at the same time, on one of the spool's reader threads: each has one
   * result. By default one after the other.
   */
  default void loadAll(List<SpoolId> ids, LoadResults results) throws IOException {
    for (int i = 0; i < ids.size(); i++) {
      byte[] data;
      try {
        data = load(ids.get(i));
      } catch (SpoolException e) {
        results.failed(i, e);
        continue;
      }
      results.loaded(i, data);
    }
  }

  /**
   * Returns a message if it is in memory, checked; null if that is not known without I/O. Runs on
   * the caller's thread, so it neither waits nor throws, and reports nothing: whoever gets null
   * loads.
   */
  default byte @Nullable [] loadFromMemory(SpoolId id) {
    return null;
  }

  /**
   * Hands every entry to {@code scan}, which may block for as long as a consumer likes: no resource
   * of the engine may be held meanwhile but memory that the channel's bound is a multiple of.
   * Returns when everything was handed over; throws if it could not see everything. Runs on a
   * thread of its own.
   */
  void scan(ScanCall scan) throws IOException;

  /** Does the periodic maintenance. Runs on a maintenance thread. */
  CleanupReport cleanup() throws IOException;

  /** Flushes and compacts everything; throws what it finds broken. Runs on a maintenance thread. */
  CompactionReport compact() throws IOException;

  /** Flushes and drops caches; returns the bytes saved. Runs on a maintenance thread. */
  long adviseLowMemory() throws IOException;

  /**
   * Moves a damaged entry into {@code directory}, with the reason in a file beside it. Runs on a
   * maintenance thread.
   *
   * @throws dev.spool.MessageNotFoundException if there is none
   * @throws SpoolException if it is whole
   */
  void quarantine(SpoolId id, Path directory) throws IOException;

  /**
   * Brings the engine back into a state in which it can write, after it has reported a fatal error:
   * reopens what has to be reopened. Runs on the maintenance thread, at once and then with growing
   * pauses, until it returns normally.
   */
  default void recover() throws IOException {}

  /**
   * Writes and syncs something that leaves no trace, and repeats what had failed: returns normally
   * only if the storage works. Runs on the maintenance thread.
   */
  void probe() throws IOException;

  /**
   * Tells how much room there is; null if there is no such limit. Runs on the maintenance thread.
   */
  @Nullable DiskSpace space() throws IOException;

  /**
   * Returns the backend's own figures, without I/O that could block. Not called after {@link #stop}
   * has begun.
   */
  List<Figure> figures();

  /**
   * Told, before {@link #stop}, that the spool is closing, and waits for the calls that are under
   * way: what may take hours, as a compaction may, is to be given up, and fails.
   */
  default void closing() {}

  /**
   * Ends: finishes what was handed over, syncs what is buffered, stops the engine's threads,
   * releases the directory. Called once.
   *
   * @param deadline by when it has to be done; what cannot be is left, never freed under use
   * @throws SpoolException if something is left, naming it
   */
  void stop(Deadline deadline) throws IOException;
}
