package dev.spool.bench.engine;

import java.nio.file.Path;

/**
 * A store in one configuration, as it stands in a table of results.
 *
 * @param name what the row is called
 * @param configuration what was set, and why it counts as durable, in words for the reader of the
 *     table
 * @param style how it is called
 * @param kind the class that opening gives, which tells what it can do
 * @param opener opens it
 */
public record EngineType(
    String name, String configuration, Style style, Class<? extends Engine> kind, Opener opener) {

  /** How callers reach a store. */
  public enum Style {
    /** Calls return at once; one thread can have any number of messages in flight. */
    ASYNC,
    /** A call blocks its caller until it is done: there is a thread for each message in flight. */
    BLOCKING
  }

  /** Opens a store. */
  @FunctionalInterface
  public interface Opener {
    /** Opens the store in a directory, new or left by the same type. */
    Engine open(Place place) throws Exception;
  }

  /**
   * Where a store opens, and what it may know ahead.
   *
   * @param directory an existing directory that is the store's own
   * @param retainedBytes how much payload the workload has in the store at once, at most
   * @param retainedEntries how many messages these are
   */
  public record Place(Path directory, long retainedBytes, long retainedEntries) {}

  /** Whether messages can be loaded by their id. */
  public boolean loads() {
    return Engine.Loads.class.isAssignableFrom(kind);
  }

  /** Whether all messages can be seen after a restart. */
  public boolean scans() {
    return Engine.Scans.class.isAssignableFrom(kind);
  }
}
