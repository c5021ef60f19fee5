package dev.spool.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One of several results of a kind: what tells it from the others.
 *
 * @param number from 1
 * @param mark what its titles end with; empty if it is the only one
 */
record Section<T>(T results, int number, String mark) {
  /** What results may differ in, that says most to whom reads it first. */
  private static final List<String> TELLING =
      List.of("file system", "java", "processor", "command");

  static <T> List<Section<T>> of(List<T> all, Function<T, Map<String, String>> facts) {
    List<Section<T>> sections = new ArrayList<>();
    for (T each : all) {
      int number = sections.size() + 1;
      sections.add(new Section<>(each, number, mark(all, number, facts)));
    }
    return sections;
  }

  private static <T> String mark(List<T> all, int number, Function<T, Map<String, String>> facts) {
    if (all.size() == 1) {
      return "";
    }
    for (String fact : TELLING) {
      List<String> values =
          all.stream().map(each -> facts.apply(each).getOrDefault(fact, "")).distinct().toList();
      if (values.size() == all.size()) {
        return ": " + values.get(number - 1);
      }
    }
    return " (%d)".formatted(number);
  }

  /** The name of one of its plots. */
  String plot(String name) {
    return number == 1 ? name : name + "-" + number;
  }
}
