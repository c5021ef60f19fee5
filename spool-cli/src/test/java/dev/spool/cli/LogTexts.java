package dev.spool.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The lines that the main sources of all published modules write to the log at WARN and ERROR, as
 * an operator would look them up: what is constant in them, with {@code …} for what is not.
 */
final class LogTexts {
  /** A line. */
  record Line(String level, String text) implements Comparable<Line> {
    @Override
    public int compareTo(Line other) {
      return Comparator.comparing(Line::level).thenComparing(Line::text).compare(this, other);
    }
  }

  private static final Pattern CALL = Pattern.compile("\\b(?:LOG|log|logger)\\.(warn|error)\\(");

  /** As modules without SLF4J do. */
  private static final Pattern SYSTEM_LOGGER_CALL =
      Pattern.compile("\\bSystem\\.Logger\\.Level\\.(WARN|ERROR)(?:ING)?,\\s*");

  /** A level that is handed on, or a method of a logger: not found by {@link #CALL}. */
  private static final Pattern INDIRECT =
      Pattern.compile(
          "(?<!System\\.Logger\\.)\\bLevel\\.(?:WARN|WARNING|ERROR)\\b|::(?:warn|error)\\b"
              + "|\\bat(?:Warn|Error|Level)\\(");

  /** Those below, and two that choose what the command shows. */
  private static final Set<String> KNOWN_INDIRECT =
      Set.of(
          "HealthRules.java",
          "StorageWarnings.java",
          "Notice.java",
          "CommandLog.java",
          "Main.java");

  private LogTexts() {}

  /** Returns all of them. */
  static Set<Line> of(Path root) throws IOException {
    Set<Line> lines = new TreeSet<>();
    for (Path source : mainSources(root)) {
      String text = Files.readString(source);
      String name = String.valueOf(source.getFileName());
      if (INDIRECT.matcher(text).find() && !KNOWN_INDIRECT.contains(name)) {
        throw new AssertionError(
            source + " logs in a way that is not known here: its lines would not be found");
      }
      for (Pattern call : List.of(CALL, SYSTEM_LOGGER_CALL)) {
        Matcher calls = call.matcher(text);
        while (calls.find()) {
          String level = calls.group(1).toUpperCase(Locale.ROOT);
          lines.add(new Line(level, constant(text, calls.end())));
        }
      }
      if (name.equals("HealthRules.java")) {
        addHealth(text, lines);
      } else if (name.equals("StorageWarnings.java")) {
        addStorage(text, lines);
      }
    }
    return lines;
  }

  /** {@code latched} names the class of a failure, {@code warn} puts the spool's name before. */
  private static void addHealth(String text, Set<Line> lines) {
    Matcher latched = Pattern.compile("\\blatched\\(\"([^\"]+)\"").matcher(text);
    while (latched.find()) {
      lines.add(new Line("WARN", "spool …: stores are refused: " + latched.group(1) + ": …"));
    }
    Matcher warnings = Pattern.compile("\\bwarn\\((?=\")").matcher(text);
    while (warnings.find()) {
      String constant = constant(text, warnings.end());
      if (!constant.startsWith("stores are refused: …")) {
        lines.add(new Line("WARN", "spool …: " + constant));
      }
    }
  }

  private static void addStorage(String text, Set<Line> lines) {
    Matcher returned = Pattern.compile("\\bOptional\\.of\\(").matcher(text);
    while (returned.find()) {
      lines.add(new Line("WARN", constant(text, returned.end())));
    }
  }

  private static List<Path> mainSources(Path root) throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.filter(LogTexts::isPublished).sorted().toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
          files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
        }
      }
    }
    return sources;
  }

  private static boolean isPublished(Path module) {
    return String.valueOf(module.getFileName()).startsWith("spool-")
        && Files.isDirectory(module.resolve("src/main/java"));
  }

  /**
   * Reads the argument that begins at {@code at}: literals are kept, all else becomes {@code …}.
   */
  private static String constant(String source, int at) {
    StringBuilder constant = new StringBuilder();
    int depth = 0;
    for (int i = at; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '"' && depth == 0) {
        int end = endOfLiteral(source, i);
        constant.append(source, i + 1, end);
        i = end;
      } else if (c == '"') {
        i = endOfLiteral(source, i);
      } else if (depth == 0 && (c == ',' || c == ')' || c == ';')) {
        break;
      } else if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (depth == 0 && Character.isJavaIdentifierStart(c)) {
        constant.append("{}");
      }
    }
    return constant.toString().replaceAll("(\\{\\})+", "…");
  }

  private static int endOfLiteral(String source, int begin) {
    int end = begin + 1;
    while (source.charAt(end) != '"') {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    return end;
  }
}
