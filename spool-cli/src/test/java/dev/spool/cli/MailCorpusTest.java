package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.cli.demo.ChildCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real and malformed mail, from the tests of Apache James Mime4j: imported by a process that is
 * then killed, opened again and exported, it is what it was, byte for byte.
 */
final class MailCorpusTest {
  @TempDir Path temporary;

  private Path corpus;
  private int files;

  @BeforeEach
  void extract() throws IOException, URISyntaxException {
    corpus = Files.createDirectory(temporary.resolve("corpus"));
    files = MailCorpus.extract(corpus).size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void survivesTheDeathOfTheImport(String scheme) throws Exception {
    Path spool = temporary.resolve("spool");

    Map<String, Path> sources = importAndKill(Cli.uri(scheme, spool));
    assertThat(sources).hasSize(files);

    Path exported = temporary.resolve("exported");
    Cli export = Cli.run("export", spool, exported);
    assertThat(export.status()).as("%s", export).isZero();
    Cli verify = Cli.run("verify", spool);
    assertThat(verify.status()).as("%s", verify).isZero();
    try (Stream<Path> list = Files.list(exported)) {
      List<Path> found = list.toList();
      assertThat(found).hasSize(files);
      for (Path file : found) {
        String id = String.valueOf(file.getFileName()).replace(".eml", "");
        assertThat(sources).containsKey(id);
        assertThat(file).hasSameBinaryContentAs(sources.get(id));
      }
    }
  }

  /** A memory spool ends with its process, so it is filled and read in this one. */
  @Test
  void passesThroughMemory() throws IOException {
    try (Spool spool = Spools.open("memory:corpus");
        Stream<Path> list = Files.list(corpus)) {
      for (Path file : list.toList()) {
        byte[] message = Files.readAllBytes(file);
        SpoolId id = new MailSource(file).id(message);
        spool.store(id, message.clone()).join();
        assertThat(spool.load(id).join()).isEqualTo(message);
      }
    }
  }

  /**
   * Imports in a child that goes on waiting for standard input, and kills it when it has
   * acknowledged everything else.
   *
   * @return the file of each id that was acknowledged
   */
  private Map<String, Path> importAndKill(String uri) throws IOException, InterruptedException {
    Process child =
        ChildCommand.start(
            temporary.resolve("child.log"),
            "import",
            "--all",
            "--json",
            uri,
            corpus.toString(),
            "-");
    Map<String, Path> sources = new HashMap<>();
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      while (sources.size() < files) {
        String line = lines.readLine();
        assertThat(line)
            .as(() -> "the import ended early: " + read(temporary.resolve("child.log")))
            .isNotNull();
        Map<String, Object> fields = JSON.std.mapFrom(line);
        assertThat(fields).containsEntry("result", "stored");
        sources.put((String) fields.get("id"), Path.of((String) fields.get("source")));
      }
      assertThat(child.isAlive()).isTrue();
    } finally {
      child.destroyForcibly().waitFor();
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
