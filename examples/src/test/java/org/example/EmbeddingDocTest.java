package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The code in docs/embedding.md is this module's, which the build compiles and its tests run: each
 * block is a region of a source file, between {@code // docs: NAME begin} and {@code // docs: NAME
 * end}, and is preceded by {@code <!-- snippet: NAME -->}.
 */
class EmbeddingDocTest {
  private static final Path DOCUMENT = Path.of("../docs/embedding.md");

  private static final Pattern BLOCK =
      Pattern.compile("<!-- snippet: ([\\w-]+) -->\n```java\n(.*?)```\n", Pattern.DOTALL);

  private static final Pattern REGION =
      Pattern.compile(
          "^ *// docs: ([\\w-]+) begin\n(.*?)^ *// docs: \\1 end$",
          Pattern.DOTALL | Pattern.MULTILINE);

  @Test
  void everyBlockIsTheCodeThatTheBuildRuns() throws IOException {
    assertThat(regions()).containsAllEntriesOf(blocks());
  }

  @Test
  void noBlockIsLeftUnchecked() throws IOException {
    String document = Files.readString(DOCUMENT);
    assertThat(document.split("```java", -1)).hasSize(blocks().size() + 1);
    assertThat(blocks()).isNotEmpty();
  }

  private static Map<String, String> blocks() throws IOException {
    Map<String, String> blocks = new LinkedHashMap<>();
    Matcher matcher = BLOCK.matcher(Files.readString(DOCUMENT));
    while (matcher.find()) {
      blocks.put(matcher.group(1), matcher.group(2));
    }
    return blocks;
  }

  private static Map<String, String> regions() throws IOException {
    Map<String, String> regions = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher matcher = REGION.matcher(Files.readString(file));
        while (matcher.find()) {
          // Without the last line's end, which would have stripIndent take no indentation away.
          String region = matcher.group(2).stripTrailing().stripIndent() + "\n";
          String earlier = regions.put(matcher.group(1), region);
          assertThat(earlier).as("another region is called %s", matcher.group(1)).isNull();
        }
      }
    }
    return regions;
  }
}
