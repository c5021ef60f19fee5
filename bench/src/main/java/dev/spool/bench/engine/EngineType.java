package dev.spool.bench.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A store in one configuration, as it stands in a table of results.
 *
 * @param name what the row is called
 * @param configuration what was set, and why it counts as durable, in words for the reader of the
 *     table
 * @param style how it is called
 * @param kind the class that opening gives, which tells what it can do
 * @param opener opens it
 * @param gaps what it cannot do beyond that
 * @param needs what it needs of the JVM that it runs in
 */
public record EngineType(
    String name,
    String configuration,
    Style style,
    Class<? extends Engine> kind,
    Opener opener,
    Set<Gap> gaps,
    JvmNeeds needs) {

  /** How callers reach a store. */
  public enum Style {
    /** Calls return at once; one thread can have any number of messages in flight. */
    ASYNC,
    /** A call blocks its caller until it is done: there is a thread for each message in flight. */
    BLOCKING
  }

  /** What a store cannot do, though its class has the method; such rows are left out. */
  public enum Gap {
    SYNC("never syncs a store"),
    REMOVE("cannot remove a message"),
    LARGE_MESSAGES("takes no message of more than 490 KiB"),
    REMEMBERED_REMOVALS("a scan shows removed messages again");

    private final String words;

    Gap(String words) {
      this.words = words;
    }
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

  /** Makes a type. */
  public EngineType {
    gaps = Set.copyOf(gaps);
  }

  /** Makes a type that can do all that its class says, in any JVM. */
  public EngineType(
      String name, String configuration, Style style, Class<? extends Engine> kind, Opener opener) {
    this(name, configuration, style, kind, opener, EnumSet.noneOf(Gap.class), JvmNeeds.NOTHING);
  }

  /** How callers reach its loads: they are many where a load is its caller's work. */
  public Style loadStyle() {
    return Engine.LoadsInPlace.class.isAssignableFrom(kind) ? Style.BLOCKING : style;
  }

  /** Whether messages can be loaded by their id. */
  public boolean loads() {
    return Engine.Loads.class.isAssignableFrom(kind);
  }

  /** Whether all messages can be seen after a restart. */
  public boolean scans() {
    return Engine.Scans.class.isAssignableFrom(kind);
  }

  /** Whether it has none of these gaps. */
  public boolean can(Gap... needed) {
    for (Gap gap : needed) {
      if (gaps.contains(gap)) {
        return false;
      }
    }
    return true;
  }

  /** What it cannot do, in words for the reader of the table. */
  public List<String> cannot() {
    List<String> words = new ArrayList<>();
    if (!loads()) {
      words.add("cannot load by id");
    }
    if (!scans()) {
      words.add("cannot show all messages");
    }
    gaps.stream().sorted().forEach(gap -> words.add(gap.words));
    return words;
  }
}
