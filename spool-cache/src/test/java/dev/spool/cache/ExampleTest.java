package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.Messages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of the package's documentation compiles, and does what it says. */
class ExampleTest {
  private static final Path SOURCES = Path.of("src");

  private final byte[] message = Messages.of(1, 1000);
  private final List<byte[]> delivered = new ArrayList<>();

  @Test
  void exampleOfThePackage() {
    // example: begin
    try (Spool spool = CachingSpool.wrap(Spools.open("memory:app"), 64 << 20)) {
      SpoolId id = SpoolId.random();
      spool.store(id, message).join(); // acknowledged, and cached
      deliver(spool.load(id).join()); // from memory
      spool.remove(id).join(); // from both
    }
    // example: end
    assertThat(delivered).singleElement().isEqualTo(message);
  }

  @Test
  void documentationShowsTheExample() throws IOException {
    String test = Files.readString(SOURCES.resolve("test/java/dev/spool/cache/ExampleTest.java"));
    String begin = "// example: begin\n";
    String code =
        test.substring(test.indexOf(begin) + begin.length(), test.indexOf("    // example: end"))
            .replace("memory:app", "file:/var/spool/app")
            .replaceAll("(?m)^ {4}", " * ");
    assertThat(Files.readString(SOURCES.resolve("main/java/dev/spool/cache/package-info.java")))
        .contains(code);
  }

  private void deliver(byte[] loaded) {
    delivered.add(loaded);
  }
}
