package dev.spool.bench;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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

/** What it costs to ask a spool whether it takes stores: run it with {@code -prof gc}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HealthBenchmark {

  /** Whether the spool sheds. */
  @Param({"healthy", "shedding"})
  public String state = "healthy";

  private @Nullable Spool spool;

  /** Brings the spool into the state. */
  @Setup
  public void open() {
    Spool opened = MemorySpool.builder("health").maxBytes(1000).open();
    if (state.equals("shedding")) {
      opened.store(SpoolId.random(), new byte[900]).join();
      try {
        opened.store(SpoolId.random(), new byte[900]).join();
      } catch (RuntimeException e) {
        SpoolException unused = SpoolException.unwrap(e);
      }
    }
    if ((opened.unhealthyReason() == null) != state.equals("healthy")) {
      throw new IllegalStateException("the spool is not " + state);
    }
    spool = opened;
  }

  /** Closes the spool. */
  @TearDown
  public void close() {
    Objects.requireNonNull(spool).close();
  }

  /** One connection asks. */
  @Benchmark
  public @Nullable String unhealthyReason() {
    return Objects.requireNonNull(spool).unhealthyReason();
  }
}
