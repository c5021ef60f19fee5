package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    "docs/embedding.md, 15"
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

  private static boolean isTest(String type, String method) throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(Files::isDirectory).toList()) {
        for (String sources : List.of("src/main/java", "src/test/java")) {
          Path root = module.resolve(sources);
          if (Files.isDirectory(root) && declares(root, type, method)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean declares(Path root, String type, String method) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.endsWith(type + ".java")).toList()) {
        if (Files.readString(file).contains("void " + method + "(")) {
          return true;
        }
      }
    }
    return false;
  }
}
