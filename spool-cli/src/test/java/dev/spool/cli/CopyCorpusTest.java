package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The mail corpus through every pair of backends by copy, byte for byte, ids and ages kept. */
@Tag("same-on-any-jdk")
final class CopyCorpusTest {
  @TempDir Path temporary;

  private final Map<SpoolId, String> corpus = new TreeMap<>();

  @BeforeEach
  void read() throws IOException, URISyntaxException {
    Instant created = Instant.parse("2020-02-29T12:00:00Z");
    for (Path file : MailCorpus.extract(Files.createDirectory(temporary.resolve("corpus")))) {
      created = created.plusSeconds(3601);
      corpus.put(SpoolId.at(created), SpoolContents.text(Files.readAllBytes(file)));
    }
  }

  private void fill(Spool spool) {
    corpus.forEach(
        (id, message) -> spool.store(id, message.getBytes(StandardCharsets.ISO_8859_1)).join());
  }

  @ParameterizedTest
  @CsvSource({
    "file, file",
    "file, rocksdb",
    "rocksdb, file",
    "rocksdb, rocksdb",
    "rocksdb, journal",
    "journal, file",
    "journal, journal"
  })
  void betweenSpoolsOnDisk(String from, String to) {
    String source = Cli.uri(from, temporary.resolve("from"));
    String target = Cli.uri(to, temporary.resolve("to"));
    try (Spool spool = Spools.open(source)) {
      fill(spool);
    }

    Cli copy = Cli.run("copy", "--json", source, target);

    assertThat(copy.status()).as("%s", copy).isZero();
    assertThat(copy.out())
        .contains("\"verified\":" + corpus.size() + ",")
        .contains("\"stored\":" + corpus.size() + ",")
        .contains(
            "\"conflicts\":0,\"missing\":0,\"damagedInSource\":0,\"damagedInTarget\":0,"
                + "\"onlyInTarget\":0}");
    assertThat(SpoolContents.of(target)).isEqualTo(corpus);
    assertThat(SpoolContents.of(source)).isEqualTo(corpus);
  }

  /** A memory spool is that of one process: so the two passes of a copy are run in this one. */
  @ParameterizedTest
  @CsvSource({
    "memory, memory",
    "memory, file",
    "memory, rocksdb",
    "memory, journal",
    "file, memory",
    "rocksdb, memory"
  })
  void betweenSpoolsOfWhichOneIsInMemory(String from, String to) {
    try (Spool source = Spools.open(uri(from, "from"));
        Spool target = Spools.open(uri(to, "to"))) {
      fill(source);
      try (Progress progress = Progress.start(silent(), "copied")) {
        CopyReport report = new CopyReport(silent().err(), progress);
        assertThat(CopyPass.storing(source, target, report).run()).isNull();
        assertThat(report.stored()).isEqualTo(corpus.size());
        report.begin(progress);
        assertThat(CopyPass.verifying(source, target, report).run()).isNull();
        assertThat(report.status()).isZero();
      }
      assertThat(SpoolContents.of(target)).isEqualTo(corpus);
    }
  }

  private String uri(String scheme, String name) {
    return scheme.equals("memory")
        ? "memory:corpus-" + name
        : Cli.uri(scheme, temporary.resolve(name));
  }

  private static Streams silent() {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new Streams(InputStream.nullInputStream(), nowhere, nowhere, false);
  }
}
