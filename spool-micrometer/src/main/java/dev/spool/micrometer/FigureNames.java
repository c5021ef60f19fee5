package dev.spool.micrometer;

import dev.spool.SpoolStats.Figure;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a figure of {@link dev.spool.SpoolStats} to a meter: {@code spool.} and the figure's name.
 * Micrometer keeps the unit apart from the name, and some registries put it at the end again: so a
 * word of the name that only repeats the unit is left out, and {@code bytes.in.flight} in bytes
 * becomes {@code spool.in.flight} in bytes.
 */
final class FigureNames {
  private FigureNames() {}

  /** Returns the meter's name. */
  static String meter(Figure figure) {
    List<String> words =
        Arrays.stream(figure.name().split("\\."))
            .filter(word -> !word.equals(figure.unit()))
            .toList();
    return "spool." + (words.isEmpty() ? figure.name() : String.join(".", words));
  }

  /** Returns the meter's base unit; null for a plain count, and for a flag, which is 0 or 1. */
  static @Nullable String unit(Figure figure) {
    return switch (figure.unit()) {
      case "", "flag" -> null;
      case "milliseconds" -> "seconds";
      default -> figure.unit();
    };
  }

  /** Returns what a value of the figure is to be divided by, to be in the meter's base unit. */
  static double scale(Figure figure) {
    return figure.unit().equals("milliseconds") ? 1000 : 1;
  }
}
