package dev.spool.bench;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.cache.CachingSpool;
import dev.spool.filesystem.FileSpool;
import dev.spool.memory.MemorySpool;
import dev.spool.rocksdb.RocksSpool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to find a small message of 10,000 that are all in memory: the hit of a cache, and
 * the index of each backend with the way there and back.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LoadBenchmark {
  private static final int ENTRIES = 10_000;
  private static final int BYTES = 256;

  /** Where the message is. */
  @Param({"cache", "memory", "rocksdb", "file"})
  public String where = "cache";

  private final List<SpoolId> ids = new ArrayList<>();
  private @Nullable Path directory;
  private @Nullable Spool spool;
  private int next;

  /** Stores the messages, and loads each once. */
  @Setup
  public void fill() throws IOException {
    Path place = Files.createTempDirectory("spool-micro-");
    Spool opened =
        switch (where) {
          case "cache" -> CachingSpool.wrap(MemorySpool.open(), 64 << 20);
          case "memory" -> MemorySpool.open();
          case "rocksdb" -> RocksSpool.open(place);
          case "file" -> FileSpool.open(place);
          default -> throw new IllegalArgumentException(where);
        };
    directory = place;
    spool = opened;
    for (int i = 0; i < ENTRIES; i++) {
      SpoolId id = SpoolId.random();
      opened.store(id, new byte[BYTES], Durability.BUFFERED, null).join();
      ids.add(id);
    }
    opened.compact().join();
    ids.forEach(id -> Objects.requireNonNull(opened.load(id).join()));
  }

  /** Removes them. */
  @TearDown
  public void remove() throws IOException {
    Objects.requireNonNull(spool).close();
    try (Stream<Path> files = Files.walk(Objects.requireNonNull(directory))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A message is loaded, and waited for. */
  @Benchmark
  public byte[] load() {
    next = (next + 7919) % ENTRIES;
    return Objects.requireNonNull(spool).load(ids.get(next)).join();
  }
}
