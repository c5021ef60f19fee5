package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * A store under test: what the workloads need of it, and nothing more.
 *
 * <p>Loading and scanning are interfaces of their own ({@link Loads}, {@link Scans}), since there
 * are peers that cannot do it; a workload that needs them leaves such a peer out, and the table
 * says so.
 */
public interface Engine extends AutoCloseable {

  /** Stores a message; the future completes when {@code durability} holds. */
  CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability);

  /** Removes a message; the future completes when the removal is with the operating system. */
  CompletableFuture<Void> remove(SpoolId id);

  /** Waits for what is under way, and closes the store properly. */
  @Override
  void close() throws IOException;

  /** A store that finds a message by its id. */
  interface Loads extends Engine {
    /** Returns the bytes that were stored, as the store's own check of them allows. */
    CompletableFuture<byte[]> load(SpoolId id);

    /** Makes whatever it needs to find what was there when it was opened; most need nothing. */
    default void index() throws IOException {}
  }

  /** A store that has loaded when {@code load} returns: the work is its caller's. */
  interface LoadsInPlace extends Loads {}

  /** A store that can show all its messages after a restart. */
  interface Scans extends Engine {
    /** Shows each message to {@code visitor}, which is called by one thread. */
    void scan(Visitor visitor) throws Exception;
  }

  /** Sees the messages of a scan. */
  @FunctionalInterface
  interface Visitor {
    /** Takes a message, whose bytes the visitor may keep. */
    void visit(SpoolId id, byte[] data);
  }
}
