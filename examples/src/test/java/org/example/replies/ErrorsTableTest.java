package org.example.replies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table of failures in docs/embedding.md is what the code does, for every exception of the API:
 * they are found in its classes, so that one that is added later needs a row.
 */
class ErrorsTableTest {
  private static final String SECRET = "/var/spool/secret";

  @Test
  void everyFailureHasItsRowAndEveryRowItsFailure() throws Exception {
    List<String> expected = new ArrayList<>();
    for (Class<? extends SpoolException> type : failureTypes()) {
      expected.add(row(type.getSimpleName(), instances(type)));
    }
    for (Throwable other : others()) {
      expected.add(row(other.getClass().getSimpleName(), List.of(other)));
    }
    assertThat(rows()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void theSearchFindsTheFailuresThatTheDesignNames() throws Exception {
    assertThat(failureTypes())
        .extracting(Class::getSimpleName)
        .contains("SpoolException", "SpoolFullException", "SpoolUnhealthyException")
        .hasSizeGreaterThanOrEqualTo(14);
  }

  @Test
  void unknownOutcomesAreNeverRefusedForGood() throws Exception {
    for (Throwable failure : all()) {
      if (Advice.of(failure).outcome() == Outcome.UNKNOWN) {
        assertThat(SmtpReply.of(failure).isPermanent()).as("%s", failure).isFalse();
        assertThat(HttpReply.of(failure).status()).as("%s", failure).isGreaterThanOrEqualTo(500);
        assertThat(HttpReply.of(failure).retryAfter()).as("%s", failure).isNotNull();
      }
    }
  }

  @Test
  void whatIsRefusedForGoodFailsEachTime() throws Exception {
    for (Throwable failure : all()) {
      if (SmtpReply.of(failure).isPermanent() || HttpReply.of(failure).status() < 500) {
        assertThat(Advice.of(failure).retry()).as("%s", failure).isEqualTo(Advice.Retry.NEVER);
      }
    }
  }

  @Test
  void peersReadNeitherPathNorIdNorCause() throws Exception {
    for (Throwable failure : all()) {
      assertThat(SmtpReply.of(failure).toString() + HttpReply.of(failure).body())
          .doesNotContain(SECRET)
          .doesNotContainPattern("[0-9a-f]{32}")
          .doesNotContain("Exception")
          .matches("[ -~\n]+");
    }
  }

  @Test
  void repliesHaveTheFormOfTheirProtocols() throws Exception {
    for (Throwable failure : all()) {
      SmtpReply smtp = SmtpReply.of(failure);
      assertThat(smtp.toString()).matches("[45]\\d\\d [45]\\.\\d+\\.\\d+ [ -~]{1,400}");
      assertThat(smtp.enhanced().charAt(0)).isEqualTo(smtp.toString().charAt(0));
      assertThat(HttpReply.of(failure).body())
          .matches("\\{\"status\":[45]\\d\\d,\"title\":\"[a-z ]+\"}\n");
    }
  }

  @Test
  void wrappersMakeNoDifference() throws Exception {
    for (Throwable failure : all()) {
      for (Throwable wrapped :
          List.of(
              new CompletionException(failure),
              new ExecutionException(failure),
              new CompletionException(new ExecutionException(failure)))) {
        assertThat(SmtpReply.of(wrapped)).isEqualTo(SmtpReply.of(failure));
        assertThat(HttpReply.of(wrapped)).isEqualTo(HttpReply.of(failure));
        assertThat(Advice.of(wrapped)).isEqualTo(Advice.of(failure));
      }
    }
  }

  /** The rows of the document, without the last column, which is for people. */
  private static List<String> rows() throws IOException {
    String document = Files.readString(Path.of("../docs/embedding.md"));
    int start = document.indexOf("| failure | outcome | again | SMTP | HTTP |");
    assertThat(start).as("the table").isNotNegative();
    return document
        .substring(start)
        .lines()
        .takeWhile(line -> line.startsWith("|"))
        .skip(2)
        .map(line -> line.substring(0, line.lastIndexOf('|', line.length() - 2)).strip())
        .toList();
  }

  /** The row of failures that differ in nothing but their outcome. */
  private static String row(String name, List<? extends Throwable> failures) {
    Set<Outcome> outcomes = EnumSet.noneOf(Outcome.class);
    Set<String> cells = new LinkedHashSet<>();
    for (Throwable failure : failures) {
      outcomes.add(Advice.of(failure).outcome());
      cells.add(cells(failure));
    }
    assertThat(cells).as("%s, whatever its outcome", name).hasSize(1);
    return "| `" + name + "` | " + words(outcomes) + " | " + cells.iterator().next();
  }

  private static String cells(Throwable failure) {
    SmtpReply smtp = SmtpReply.of(failure);
    HttpReply http = HttpReply.of(failure);
    String retryAfter =
        http.retryAfter() == null ? "" : ", Retry-After " + http.retryAfter().toSeconds();
    String again =
        switch (Advice.of(failure).retry()) {
          case LATER -> "later";
          case AFTER_ACTION -> "after action";
          case NEVER -> "no";
        };
    return again + " | " + smtp.code() + " " + smtp.enhanced() + " | " + http.status() + retryAfter;
  }

  private static String words(Set<Outcome> outcomes) {
    if (outcomes.size() == 2) {
      return "either";
    }
    return outcomes.contains(Outcome.UNKNOWN) ? "unknown" : "not applied";
  }

  private static List<Throwable> all() throws Exception {
    List<Throwable> all = new ArrayList<>(others());
    for (Class<? extends SpoolException> type : failureTypes()) {
      all.addAll(instances(type));
    }
    return all;
  }

  private static List<Throwable> others() {
    return List.of(
        new CancellationException(SECRET),
        new OutOfMemoryError(SECRET),
        new IllegalArgumentException(SECRET),
        new RuntimeException(SECRET));
  }

  /** One of each outcome that a public constructor can give. */
  private static List<SpoolException> instances(Class<? extends SpoolException> type)
      throws ReflectiveOperationException {
    List<SpoolException> made = new ArrayList<>();
    for (Constructor<?> constructor : type.getConstructors()) {
      for (Outcome outcome : Outcome.values()) {
        Object[] arguments =
            Stream.of(constructor.getParameterTypes()).map(p -> argument(p, outcome)).toArray();
        made.add((SpoolException) constructor.newInstance(arguments));
      }
    }
    assertThat(made).as("%s can be made", type).isNotEmpty();
    return made;
  }

  private static Object argument(Class<?> type, Outcome outcome) {
    if (type == String.class) {
      return SECRET;
    } else if (type == Outcome.class) {
      return outcome;
    } else if (type == Throwable.class) {
      return new IOException(SECRET);
    } else if (type == SpoolId.class) {
      return SpoolId.random();
    } else if (type == long.class) {
      return 12_345_678L;
    }
    throw new AssertionError("say here what a constructor is given for a " + type);
  }

  private static List<Class<? extends SpoolException>> failureTypes()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path location =
        Path.of(SpoolException.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(location)) {
      return failureTypes(location);
    }
    try (FileSystem jar = FileSystems.newFileSystem(location)) {
      return failureTypes(jar.getPath("/"));
    }
  }

  private static List<Class<? extends SpoolException>> failureTypes(Path root)
      throws IOException, ClassNotFoundException {
    List<Class<? extends SpoolException>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root.resolve("dev/spool"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String name =
            root.relativize(file).toString().replace('/', '.').replaceAll("\\.class$", "");
        Class<?> type = Class.forName(name);
        if (SpoolException.class.isAssignableFrom(type)
            && !Modifier.isAbstract(type.getModifiers())) {
          types.add(type.asSubclass(SpoolException.class));
        }
      }
    }
    return types;
  }
}
