package dev.spool.bench;

import dev.spool.SpoolId;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What ids cost: each message needs one, and each command line and file name shows it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class IdBenchmark {
  private final Instant time = Instant.ofEpochMilli(1_767_225_600_000L);
  private final SpoolId id = SpoolId.at(time);
  private final String text = id.toString();
  private final byte[] bytes = id.toBytes();

  /** A new id, of now. */
  @Benchmark
  public SpoolId random() {
    return SpoolId.random();
  }

  /** A new id, of a given time. */
  @Benchmark
  public SpoolId at() {
    return SpoolId.at(time);
  }

  /** An id from its 32 digits. */
  @Benchmark
  public SpoolId parse() {
    return SpoolId.parse(text);
  }

  /** Its 32 digits. */
  @Benchmark
  public String print() {
    return id.toString();
  }

  /** An id from its 16 bytes. */
  @Benchmark
  public SpoolId fromBytes() {
    return SpoolId.fromBytes(bytes);
  }
}
