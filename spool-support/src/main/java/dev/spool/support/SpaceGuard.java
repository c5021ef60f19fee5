package dev.spool.support;

import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.LongFunction;

/**
 * Judges how much room a file system has: low below a threshold, good above a higher mark, and in
 * between whatever it was before, so that a spool at the edge does not flap.
 *
 * <p>The mark is 20 % of the threshold above it; where that would be out of reach on a small file
 * system, half way between the threshold and the whole. The one that judges remembers nothing:
 * whether room was low is known to {@link HealthLatch}, which lets go only at {@link Level#OK}.
 *
 * <p>Immutable, and does no I/O: {@link SpaceWatch} asks the disk.
 */
public final class SpaceGuard {

  /** How much room there is. */
  public enum Level {
    /** Below the threshold of bytes or of inodes. */
    LOW,
    /** Neither below a threshold, nor above both marks. */
    BETWEEN,
    /** Above both marks. */
    OK
  }

  /**
   * What was found.
   *
   * @param level how much room there is
   * @param text for the operator: the figures, and the setting that they are below, if they are
   */
  public record Finding(Level level, String text) {}

  private static final LongFunction<String> BYTES = new Bytes();
  private static final LongFunction<String> INODES = new Inodes();

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private static final class Bytes implements LongFunction<String> {
    @Override
    public String apply(long bytes) {
      return Amounts.bytes(bytes);
    }
  }

  /** As {@link Bytes}. */
  private static final class Inodes implements LongFunction<String> {
    @Override
    public String apply(long inodes) {
      return Amounts.inodes(inodes);
    }
  }

  private final SpaceThreshold minFreeSpace;
  private final SpaceThreshold minFreeInodes;

  /**
   * Makes a guard.
   *
   * @param minFreeSpace how many bytes have to stay free
   * @param minFreeInodes how many inodes have to stay free; without effect where their number has
   *     no limit
   */
  public SpaceGuard(SpaceThreshold minFreeSpace, SpaceThreshold minFreeInodes) {
    this.minFreeSpace = Objects.requireNonNull(minFreeSpace, "minFreeSpace");
    this.minFreeInodes = Objects.requireNonNull(minFreeInodes, "minFreeInodes");
  }

  /** Returns the guard that applies if nobody says otherwise. */
  public static SpaceGuard defaults() {
    return new SpaceGuard(SpaceThreshold.defaultSpace(), SpaceThreshold.defaultInodes());
  }

  /** Judges the state of a file system. */
  public Finding judge(DiskSpace space) {
    Level bytes = level(space.usableBytes(), space.totalBytes(), minFreeSpace);
    Level inodes =
        space.inodesKnown()
            ? level(space.freeInodes(), space.totalInodes(), minFreeInodes)
            : Level.OK;
    Level worse = bytes.compareTo(inodes) <= 0 ? bytes : inodes;
    StringJoiner text = new StringJoiner("; ");
    if (bytes == worse) {
      text.add(
          figures(
              bytes, "minFreeSpace", minFreeSpace, space.usableBytes(), space.totalBytes(), BYTES));
    }
    if (inodes == worse && space.inodesKnown()) {
      text.add(
          figures(
              inodes,
              "minFreeInodes",
              minFreeInodes,
              space.freeInodes(),
              space.totalInodes(),
              INODES));
    }
    return new Finding(worse, text.toString());
  }

  private static Level level(long free, long total, SpaceThreshold minimum) {
    long threshold = minimum.of(total);
    if (free < threshold) {
      return Level.LOW;
    }
    return free >= mark(threshold, total) ? Level.OK : Level.BETWEEN;
  }

  private static long mark(long threshold, long total) {
    long step = Math.min(threshold / 5, Math.max(0, total - threshold) / 2);
    return threshold + step;
  }

  private static String figures(
      Level level,
      String setting,
      SpaceThreshold minimum,
      long free,
      long total,
      LongFunction<String> unit) {
    String figures = unit.apply(free) + " free of " + unit.apply(total);
    return level == Level.LOW
        ? figures + ", below " + setting + "=" + minimum.describe(total, unit)
        : figures;
  }
}
