package dev.spool.bench;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.filesystem.FileSpool;
import dev.spool.journal.JournalSpool;
import dev.spool.rocksdb.RocksSpool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long the durable store of a small message takes, 16 at a time, while messages of 25 MiB are
 * stored and removed all the time, that many at once: its percentiles tell what is kept waiting by
 * them. On the disk of {@code java.io.tmpdir}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Threads(16)
@Warmup(iterations = 1, time = 5)
@Measurement(iterations = 3, time = 5)
public class LargeMessageBenchmark {
  private static final int LARGE = 25 << 20;
  private static final int SMALL = 4 << 10;

  /** The backend. */
  @Param({"rocksdb", "journal", "file"})
  public String where = "rocksdb";

  /** How many large messages are under way all the time. */
  @Param({"0", "1", "4"})
  public int large;

  private final byte[] small = new byte[SMALL];
  private @Nullable Path directory;
  private @Nullable Spool spool;
  private Thread[] others = {};
  private volatile boolean stopping;

  /** Opens the spool, and begins to store large messages. */
  @Setup(Level.Trial)
  public void open() throws IOException {
    Path place = Files.createTempDirectory("spool-micro-");
    Spool opened =
        switch (where) {
          case "rocksdb" -> RocksSpool.builder(place).maxInFlightBytes(256 << 20).open();
          case "journal" -> JournalSpool.builder(place).maxInFlightBytes(256 << 20).open();
          case "file" -> FileSpool.builder(place).maxInFlightBytes(256 << 20).open();
          default -> throw new IllegalArgumentException(where);
        };
    directory = place;
    spool = opened;
    others = new Thread[large];
    for (int i = 0; i < large; i++) {
      others[i] = new Thread(() -> storeLarge(opened), "large-" + i);
      others[i].start();
    }
  }

  private void storeLarge(Spool opened) {
    byte[] data = new byte[LARGE];
    while (!stopping) {
      SpoolId id = SpoolId.random();
      opened.store(id, data).join();
      opened.remove(id).join();
    }
  }

  /** Removes it all. */
  @TearDown(Level.Trial)
  public void remove() throws IOException, InterruptedException {
    stopping = true;
    for (Thread other : others) {
      other.join();
    }
    Objects.requireNonNull(spool).close();
    try (Stream<Path> files = Files.walk(Objects.requireNonNull(directory))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A small message is stored, and waited for. */
  @Benchmark
  public void store() {
    Objects.requireNonNull(spool).store(SpoolId.random(), small).join();
  }
}
