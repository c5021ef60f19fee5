package dev.spool.filesystem;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.DiskFile;
import dev.spool.support.WriteCall;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A store or a removal between the engine's entrance and its end. One thread has it at a time, and
 * hands it over through queues and locks, and so it needs none. The exceptions say so.
 */
final class PendingWrite {
  /** How far the writer thread has come with it. */
  enum State {
    /** Not taken up yet. */
    WAITING,
    /** Taken up; a store's temporary file is complete. */
    READY,
    /** Taken up, and failed: see {@link #failure}. */
    FAILED,
    /** Its caller has given it up before it was taken up. */
    WITHDRAWN
  }

  private final WriteCall call;

  State state = State.WAITING;

  /** Where a {@code READY} store's contents are. */
  @Nullable Path temporary;

  /** That file, between its writing and its forcing; closed then. */
  @Nullable DiskFile open;

  /** Whether those contents have been forced. */
  boolean forced;

  /** The number that the change of the name has in its directory. */
  long change = NameChanges.NONE;

  @Nullable SpoolException failure;

  /** Whether it could be carried out, but for the one before it. Guarded by {@link WriteOrder}. */
  boolean arrived;

  /**
   * Whether an earlier write of the same id has not been carried out yet. Set by {@link
   * WriteOrder}; read by any.
   */
  volatile boolean blocked;

  /** The next write of the same id. Guarded by {@link WriteOrder}. */
  @Nullable PendingWrite successor;

  PendingWrite(WriteCall call) {
    this.call = call;
  }

  WriteCall call() {
    return call;
  }

  SpoolId id() {
    return call.id();
  }

  boolean isRemoval() {
    return call.data() == null;
  }

  /** Returns how many bytes are stored. */
  int length() {
    byte[] data = call.data();
    return data == null ? 0 : data.length;
  }

  boolean isSync() {
    return call.durability() == Durability.SYNC;
  }

  /** Takes the call up, or notes that it was withdrawn. Once, on the thread that has it. */
  boolean join() {
    boolean joined = call.join();
    state = joined ? State.READY : State.WITHDRAWN;
    return joined;
  }

  /** Notes that a call that was taken up has failed. */
  void failed(SpoolException why) {
    state = State.FAILED;
    failure = why;
  }
}
