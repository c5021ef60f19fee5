package dev.spool.bench;

import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to hand an entry of a scan over, from one thread to another and within one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChannelBenchmark {
  private static final int ENTRIES = 100_000;
  private static final int BOUND = 1024;

  private final SpoolEntry entry = new SpoolEntry.Item(SpoolId.random(), new byte[64]);
  private final EntryChannel sameThread = EntryChannel.bounded(BOUND, 1 << 20);

  /** A scan of many entries, which another thread sends; a thread is started for it. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public long betweenThreads() throws InterruptedException {
    EntryChannel channel = EntryChannel.bounded(BOUND, 1 << 20);
    Thread producer = new Thread(() -> sendAll(channel));
    producer.start();
    long received = 0;
    for (SpoolEntry unused : channel) {
      received++;
    }
    producer.join();
    return received;
  }

  private void sendAll(EntryChannel channel) {
    for (int i = 0; i < ENTRIES; i++) {
      if (!channel.send(entry)) {
        throw new IllegalStateException("nobody closes this channel");
      }
    }
    channel.complete();
  }

  /** An entry sent, and received by the same thread. */
  @Benchmark
  public @Nullable SpoolEntry withinOneThread() throws InterruptedException {
    if (!sameThread.send(entry)) {
      throw new IllegalStateException("nobody closes this channel");
    }
    return sameThread.receive();
  }
}
