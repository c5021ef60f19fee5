package dev.spool.bench.report;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.SoakResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files that a report is made of, by what kind they are.
 *
 * @param results of rows, of all kinds
 * @param soaks of soaks
 * @param micro of JMH
 */
record Sources(List<Results> results, List<SoakResults> soaks, List<Micro> micro) {

  /** Reads files, and all JSON files of directories, in the order of their paths. */
  static Sources of(List<Path> paths) throws IOException {
    Sources sources = new Sources(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Path path : paths) {
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.filter(Sources::isJson).sorted().toList()) {
          sources.read(file);
        }
      }
    }
    return sources;
  }

  private static boolean isJson(Path file) {
    return file.toString().endsWith(".json") && Files.isRegularFile(file);
  }

  private void read(Path file) throws IOException {
    Object content = named(file, () -> JSON.std.anyFrom(Files.readString(file)));
    if (content instanceof List<?> benchmarks) {
      micro.add(named(file, () -> Micro.of(benchmarks)));
    } else if (file.endsWith(SoakResults.JSON_FILE)) {
      soaks.add(named(file, () -> SoakResults.load(file)));
    } else {
      results.add(results(file));
    }
  }

  /** Reads one file of results, or that of a directory. */
  static Results results(Path path) throws IOException {
    return named(path, () -> Results.load(path));
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read() throws IOException;
  }

  /** Says which file it is that cannot be read, whatever stands in it. */
  private static <T> T named(Path file, Reader<T> reader) throws IOException {
    try {
      return reader.read();
    } catch (IOException | RuntimeException e) {
      throw new IOException("%s is no file of results: %s".formatted(file, e), e);
    }
  }

  /** The results of one kind of run, each of which has a section and plots of its own. */
  List<Section<Results>> ofKind(String kind) {
    return Section.of(
        results.stream().filter(result -> kind.equals(result.facts().get("kind"))).toList(),
        Results::facts);
  }

  /** All soaks. */
  List<Section<SoakResults>> soakSections() {
    return Section.of(soaks, SoakResults::facts);
  }
}
