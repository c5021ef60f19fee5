package dev.spool.races;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A class of ours with something done wrong. */
final class Mutant {
  private final String module;
  private final String name;
  private final Map<String, String> changes = new LinkedHashMap<>();

  /** The class as it is, of a module. */
  Mutant(String module, String name) {
    this.module = module;
    this.name = name;
  }

  /** Has something instead of a piece of its source that is there once; its white space is free. */
  Mutant with(String wrong, String right) {
    changes.put(right, wrong);
    return this;
  }

  /** Compiles it into a directory, which is to come first on the class path. */
  void compile(Path directory) throws IOException {
    String file = name.replace('.', '/') + ".java";
    String source = mutated(Files.readString(Path.of("..", module, "src/main/java", file)));
    JavaFileObject mutated =
        new SimpleJavaFileObject(URI.create("string:///" + file), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "--release",
            "17",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            directory.toString());
    StringWriter said = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var task = compiler.getTask(said, files, null, options, null, List.of(mutated));
      assertThat(task.call()).as("%s", said).isTrue();
    }
  }

  private String mutated(String source) {
    String mutated = source;
    for (Map.Entry<String, String> change : changes.entrySet()) {
      Pattern right =
          Pattern.compile(Pattern.quote(change.getKey()).replaceAll("\\s+", "\\\\E\\\\s+\\\\Q"));
      assertThat(right.matcher(mutated).results().count())
          .as("places where this is to be done wrong: %s", change.getKey())
          .isOne();
      mutated =
          right
              .matcher(mutated)
              .replaceFirst(java.util.regex.Matcher.quoteReplacement(change.getValue()));
    }
    return mutated;
  }

  @Override
  public String toString() {
    return name.substring(name.lastIndexOf('.') + 1) + " with " + changes.values();
  }
}
