package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.example.QuickStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents say of the code is true of it. */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern NAME = Pattern.compile("\\b[A-Z]\\w+");
  private static final Map<String, List<Path>> SOURCES = sources();

  @Test
  void theExampleOfTheReadmeIsTheOneThatTheBuildRuns() throws IOException {
    String source = Files.readString(Path.of("src/test/java/org/example/QuickStart.java"));
    String example =
        source
            .substring(
                source.indexOf("// README: begin\n") + "// README: begin\n".length(),
                source.indexOf("// README: end"))
            .stripIndent();
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains(example);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal", "memory"})
  void theExampleOfTheReadmeRuns(String scheme, @TempDir Path directory) {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      QuickStart.main(new String[] {scheme + ":" + directory.resolve("app") + "?minFreeSpace=0"});
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("25 bytes")
        .contains("ScanReport[items=1, corrupt=0, skipped=0");
  }

  @ParameterizedTest
  @CsvSource({
    "docs/durability.md, 40",
    "docs/security.md, 20",
    "docs/operations.md, 8",
    "docs/mail-formats.md, 25",
    "docs/embedding.md, 15",
    "docs/backends.md, 5",
    "docs/reliability.md, 60",
    "docs/command-line.md, 6"
  })
  void everyTestThatADocumentNamesIsThere(String document, int moreThan) throws IOException {
    Matcher names =
        Pattern.compile("`([A-Z]\\w+)#(\\w+)`").matcher(Files.readString(ROOT.resolve(document)));
    List<String> missing = new ArrayList<>();
    int named = 0;
    while (names.find()) {
      named++;
      if (!isTest(names.group(1), names.group(2))) {
        missing.add(names.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(moreThan);
  }

  @Test
  void everyLinkBetweenDocumentsLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      Matcher links =
          Pattern.compile("\\]\\((?!https?:|#)([^)#]+)").matcher(Files.readString(document));
      while (links.find()) {
        if (!Files.exists(document.resolveSibling(links.group(1)))) {
          broken.add(document.getFileName() + " -> " + links.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (Path directory : List.of(ROOT, ROOT.resolve("docs"), ROOT.resolve("docs/adr"))) {
      try (Stream<Path> files = Files.list(directory)) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
      }
    }
    return documents;
  }

  /** Tells whether a class, or what it extends or implements, declares a method of that name. */
  private static boolean isTest(String type, String method) throws IOException {
    Pattern declaration =
        Pattern.compile(
            "(?:class|interface|record) " + type + "\\b[^{]*?\\b(?:extends|implements)\\b([^{]*)");
    Pattern test = Pattern.compile("(?:void|Stream<DynamicTest>) " + method + "\\(");
    for (Path file : SOURCES.getOrDefault(type + ".java", List.of())) {
      String text = Files.readString(file);
      if (test.matcher(text).find()) {
        return true;
      }
      Matcher declared = declaration.matcher(text);
      Matcher above = NAME.matcher(declared.find() ? declared.group(1) : "");
      while (above.find()) {
        if (!above.group().equals(type) && isTest(above.group(), method)) {
          return true;
        }
      }
    }
    return false;
  }

  /** All Java sources of all modules, by the names of their files. */
  private static Map<String, List<Path>> sources() {
    Map<String, List<Path>> sources = new HashMap<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(Files::isDirectory).toList()) {
        for (String directory : List.of("src/main/java", "src/test/java")) {
          Path root = module.resolve(directory);
          if (Files.isDirectory(root)) {
            try (Stream<Path> files = Files.walk(root)) {
              files.forEach(
                  file ->
                      sources
                          .computeIfAbsent(file.getFileName().toString(), n -> new ArrayList<>())
                          .add(file));
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sources;
  }
}
