package dev.spool;

import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A spool's figures at one moment, for a metrics library to publish. Reading them is cheap and safe
 * at any time, also after shutdown, when they are those of the moment of closing.
 *
 * @param name the spool's name: its directory, or the name of a memory spool
 * @param backend the backend's URI scheme
 * @param figures the figures, each name once
 */
public record SpoolStats(String name, String backend, List<Figure> figures) {

  /** How a figure moves. */
  public enum Kind {
    /** Goes up and down. */
    GAUGE,
    /** Only grows while the spool is open. */
    COUNTER
  }

  /**
   * One figure.
   *
   * @param name dotted lower-case words, without a prefix for the product: {@code stores.in.flight}
   * @param kind how it moves
   * @param unit the base unit: {@code bytes}, {@code messages}, {@code files}, {@code
   *     milliseconds}, {@code flag} (0 or 1), or empty for a plain count
   * @param value the value
   * @param description one sentence
   */
  public record Figure(String name, Kind kind, String unit, long value, String description) {
    /** Checks for nulls. */
    public Figure {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(unit, "unit");
      Objects.requireNonNull(description, "description");
    }
  }

  /** Copies the figures. */
  public SpoolStats {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(backend, "backend");
    figures = List.copyOf(figures);
  }

  /** Returns the value of the figure of that name, or empty if this spool has none. */
  public OptionalLong value(String figure) {
    return figures.stream()
        .filter(f -> f.name().equals(figure))
        .mapToLong(Figure::value)
        .findFirst();
  }
}
