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
    Object content = JSON.std.anyFrom(Files.readString(file));
    if (content instanceof List<?> benchmarks) {
      micro.add(Micro.of(benchmarks));
    } else if (file.endsWith(SoakResults.JSON_FILE)) {
      soaks.add(SoakResults.load(file));
    } else {
      results.add(Results.load(file));
    }
  }

  /** The results of one kind of run. */
  List<Results> ofKind(String kind) {
    return results.stream().filter(result -> kind.equals(result.facts().get("kind"))).toList();
  }
}
