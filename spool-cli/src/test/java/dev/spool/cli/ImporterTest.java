package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the commands cannot show of an import: a spool that throws, and time that passes. */
final class ImporterTest {
  private static final Instant MADE = Instant.parse("2026-01-01T00:00:00.5Z");
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir Path temporary;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private Streams streams;
  private ImportReport report;
  private Spool spool;

  @BeforeEach
  void open() {
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    streams = new Streams(InputStream.nullInputStream(), out, out, false);
    report = new ImportReport(streams, Progress.start(streams, "stored"), false);
    spool = Spools.open("memory:importer");
  }

  @AfterEach
  void close() {
    spool.close();
  }

  private Importer importer(Spool to, Instant now) {
    return new Importer(to, 1000, report, MADE, Clock.fixed(now, ZoneOffset.UTC));
  }

  /** A file that was changed at a time. */
  private Path file(Instant changed) throws Exception {
    Path file = Files.writeString(temporary.resolve("one.eml"), "x");
    Files.setLastModifiedTime(file, FileTime.from(changed));
    return file;
  }

  private void importAt(Instant now, Path file) {
    Importer importer = importer(spool, now);
    importer.add(new MailSource(file));
    importer.finish();
  }

  /** As a defect would have it: the promise is that a failure completes the future. */
  private Spool throwing(String method) {
    return (Spool)
        Proxy.newProxyInstance(
            Spool.class.getClassLoader(),
            new Class<?>[] {Spool.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                throw new IllegalStateException("thrown by " + method);
              }
              try {
                return called.invoke(spool, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** In the import's own thread; in the load's callback, for each of the two who load first. */
  @ParameterizedTest
  @CsvSource({
    "store, false, 2025-12-31T00:00:00Z",
    "store, false, 2026-02-01T00:00:00Z",
    "load, false, 2026-02-01T00:00:00Z",
    "store, true, 2025-12-31T00:00:00Z",
    "load, true, 2025-12-31T00:00:00Z"
  })
  void aSpoolThatThrowsStopsTheImportWhichEnds(String method, boolean keepsId, Instant created)
      throws Exception {
    Importer importer = importer(throwing(method), NOW);
    importer.add(new Named(file(created), SpoolId.at(created), keepsId));

    importer.finish();

    assertThat(importer.hasStopped()).isTrue();
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("stored: ").contains("one.eml");
    assertThatThrownBy(report::finish).hasStackTraceContaining("thrown by " + method);
  }

  private record Named(Path path, SpoolId given, boolean keepsId) implements ImportFile {
    @Override
    public SpoolId id(byte[] message) {
      return given;
    }
  }

  @Test
  void whatIsDatedInTheFutureIsStoredOnceBeforeAndAfterItsTimeHasCome() throws Exception {
    Path file = file(NOW.plusSeconds(3600));

    importAt(NOW, file);
    importAt(NOW.plusSeconds(60), file);
    importAt(NOW.plusSeconds(3600), file);
    importAt(NOW.plusSeconds(90 * 86400), file);

    assertThat(SpoolContents.of(spool)).hasSize(1);
    assertThat(SpoolContents.of(spool).keySet().iterator().next().createdAt()).isEqualTo(MADE);
  }

  @Test
  void whatCameSinceTheSpoolWasMadeKeepsItsAge() throws Exception {
    Instant changed = MADE.plusSeconds(3600);
    Path file = file(changed);

    importAt(NOW, file);
    importAt(NOW, file);

    assertThat(SpoolContents.of(spool)).hasSize(1);
    assertThat(SpoolContents.of(spool).keySet().iterator().next().createdAt()).isEqualTo(changed);
  }

  @Test
  void aTimeThatNoIdCanHoldIsStoredOnce() throws Exception {
    SpoolId id = DerivedId.of(Instant.MAX, "origin", new byte[1]);
    assertThat(DerivedId.of(Instant.MAX, "origin", new byte[1])).isEqualTo(id);
    assertThat(DerivedId.of(Instant.MIN, "origin", new byte[1]).createdAt())
        .isEqualTo(Instant.EPOCH);
    for (int i = 0; i < 2; i++) {
      Importer importer = importer(spool, NOW);
      importer.add(id, new byte[1], "one");
      importer.finish();
    }
    assertThat(SpoolContents.of(spool).keySet()).containsExactly(DerivedId.withTime(id, MADE));
  }
}
