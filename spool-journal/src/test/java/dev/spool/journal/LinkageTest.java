package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On JDK 25 a call site, or a class of the JDK's streams, that is linked or initialized while the
 * heap is full fails from then on, until the process ends: neither may there be where a failure is
 * told, or a journal is written or opened again.
 */
class LinkageTest {
  /** Each fails a call for good, as {@code tried + ": " + failure} did, and with it the telling. */
  @Test
  void noConcatenationIsLinked() throws IOException, URISyntaxException {
    List<String> found = new ArrayList<>();
    int classes = 0;
    for (Class<?> each : List.of(SpoolId.class, EngineContext.class, JournalEngine.class)) {
      URI place = each.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(place);
      if (Files.isDirectory(path)) {
        classes += look(path, found);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(path, Map.of())) {
          classes += look(jar.getPath("/"), found);
        }
      }
    }
    assertThat(classes).isGreaterThan(100);
    assertThat(found).isEmpty();
  }

  private static int look(Path root, List<String> found) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
      for (Path file : classes) {
        if (mentions(Files.readAllBytes(file), "java/lang/invoke/StringConcatFactory")) {
          found.add(file.toString());
        }
      }
      return classes.size();
    }
  }

  /** A recovery failed in {@code IntStream.distinct} until the process ended. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        Committer.class,
        Compaction.class,
        CompactionBatch.class,
        Housekeeping.class,
        Index.class,
        Janitor.class,
        Journal.class,
        JournalEngine.class,
        Leftovers.class,
        MessageReader.class,
        Replaced.class,
        Replay.class,
        Roster.class,
        RosterCopy.class,
        Sealing.class,
        Segment.class,
        SegmentHeader.class,
        SegmentPool.class,
        Segments.class,
        SegmentScan.class,
        Summary.class,
        Tail.class
      })
  void noStreamWhereItIsWrittenOrOpened(Class<?> type) throws IOException {
    try (InputStream in =
        type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
      assertThat(in).isNotNull();
      assertThat(mentions(in.readAllBytes(), "java/util/stream/")).isFalse();
    }
  }

  private static boolean mentions(byte[] code, String name) {
    return new String(code, StandardCharsets.ISO_8859_1).contains(name);
  }
}
