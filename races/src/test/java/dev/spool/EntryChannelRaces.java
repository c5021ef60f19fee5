package dev.spool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** The channel of a scan: each entry once, in order, and then its end, or its failure. */
public class EntryChannelRaces {
  private static final SpoolEntry[] ENTRIES = {
    new SpoolEntry.Listed(SpoolId.random(), 1),
    new SpoolEntry.Listed(SpoolId.random(), 2),
    new SpoolEntry.Listed(SpoolId.random(), 3)
  };

  private EntryChannelRaces() {}

  static boolean send(EntryChannel channel, int number) {
    return channel.send(ENTRIES[number - 1]);
  }

  static Object shown(SpoolEntry entry) {
    return entry == null ? "end" : entry instanceof SpoolEntry.Listed it ? it.length() : entry;
  }

  /** Waits for the next. */
  static Object next(EntryChannel channel) {
    try {
      return shown(channel.receive());
    } catch (SpoolException e) {
      return e.getClass().getSimpleName();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Does not wait. */
  static Object now(EntryChannel channel) {
    try {
      return shown(channel.receive(Duration.ZERO));
    } catch (TimeoutException e) {
      return "nothing";
    } catch (SpoolException e) {
      return e.getClass().getSimpleName();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Object result(CompletableFuture<SpoolEntry> future) {
    try {
      return future.isCancelled() ? "cancelled" : shown(future.join());
    } catch (RuntimeException e) {
      return SpoolException.unwrap(e).getClass().getSimpleName();
    }
  }

  /** Through a narrow channel, to one who waits: each in order, and the end. */
  @JCStressTest
  @Outcome(id = "1, 2, 3, end", expect = ACCEPTABLE)
  @State
  public static class InOrder {
    private final EntryChannel channel = EntryChannel.bounded(2, 1000);

    @Actor
    public void scan() {
      send(channel, 1);
      send(channel, 2);
      send(channel, 3);
      channel.complete();
    }

    @Actor
    public void consumer(LLLL_Result r) {
      r.r1 = next(channel);
      r.r2 = next(channel);
      r.r3 = next(channel);
      r.r4 = next(channel);
    }
  }

  /** The same with futures. */
  @JCStressTest
  @Outcome(id = "1, 2, end", expect = ACCEPTABLE)
  @State
  public static class InOrderByFutures {
    private final EntryChannel channel = EntryChannel.bounded(1, 1000);

    @Actor
    public void scan() {
      send(channel, 1);
      send(channel, 2);
      channel.complete();
    }

    @Actor
    public void consumer(LLL_Result r) {
      CompletableFuture<SpoolEntry> first = channel.receiveAsync();
      CompletableFuture<SpoolEntry> second = channel.receiveAsync();
      CompletableFuture<SpoolEntry> third = channel.receiveAsync();
      r.r1 = result(first);
      r.r2 = result(second);
      r.r3 = result(third);
    }
  }

  /** A scan that fails hands over what it had sent, and then its failure. */
  @JCStressTest
  @Outcome(id = "1, SpoolIOException, SpoolIOException", expect = ACCEPTABLE)
  @State
  public static class Failing {
    private final EntryChannel channel = EntryChannel.bounded(1, 1000);

    @Actor
    public void scan() {
      send(channel, 1);
      channel.fail(new SpoolIOException("broken", null));
    }

    @Actor
    public void consumer(LLL_Result r) {
      r.r1 = next(channel);
      r.r2 = next(channel);
      r.r3 = next(channel);
    }
  }

  /** Two consumers share what there is: each entry goes to one of them. */
  @JCStressTest
  @Outcome(
      id = {"1, 2, end", "2, 1, end"},
      expect = ACCEPTABLE)
  @State
  public static class Shared {
    private final EntryChannel channel = EntryChannel.bounded(2, 1000);

    /** Two are there. */
    public Shared() {
      send(channel, 1);
      send(channel, 2);
      channel.complete();
    }

    @Actor
    public void one(LLL_Result r) {
      r.r1 = next(channel);
    }

    @Actor
    public void other(LLL_Result r) {
      r.r2 = next(channel);
    }

    @Arbiter
    public void afterwards(LLL_Result r) {
      r.r3 = next(channel);
    }
  }

  /** A future that is cancelled as an entry comes has it, or leaves it to the next consumer. */
  @JCStressTest
  @Outcome(
      id = {"cancelled, 1", "1, nothing"},
      expect = ACCEPTABLE)
  @State
  public static class CancelledFuture {
    private final EntryChannel channel = EntryChannel.bounded(2, 1000);
    private final CompletableFuture<SpoolEntry> future = channel.receiveAsync();

    @Actor
    public void scan() {
      send(channel, 1);
    }

    @Actor
    public void consumer() {
      future.cancel(true);
    }

    @Arbiter
    public void afterwards(LL_Result r) {
      r.r1 = result(future);
      r.r2 = now(channel);
    }
  }

  /** After a consumer has closed the channel nothing is in it, whatever was sent meanwhile. */
  @JCStressTest
  @Outcome(
      id = {"true, ScanCancelledException, false", "false, ScanCancelledException, false"},
      expect = ACCEPTABLE)
  @State
  public static class ClosedMeanwhile {
    private final EntryChannel channel = EntryChannel.bounded(2, 1000);

    @Actor
    public void scan(LLL_Result r) {
      r.r1 = send(channel, 1);
    }

    @Actor
    public void consumer() {
      channel.close();
    }

    @Arbiter
    public void afterwards(LLL_Result r) {
      r.r2 = now(channel);
      r.r3 = send(channel, 2);
    }
  }

  /** A scan that waits for room is let go by who closes the channel. */
  @JCStressTest
  @Outcome(id = "false, ScanCancelledException", expect = ACCEPTABLE)
  @State
  public static class ClosedWhileFull {
    private final EntryChannel channel = EntryChannel.bounded(1, 1000);

    /** It is full. */
    public ClosedWhileFull() {
      send(channel, 1);
    }

    @Actor
    public void scan(LL_Result r) {
      r.r1 = send(channel, 2);
    }

    @Actor
    public void consumer() {
      channel.close();
    }

    @Arbiter
    public void afterwards(LL_Result r) {
      r.r2 = now(channel);
    }
  }

  /** What was not received is not complete, although the scan has ended meanwhile. */
  @JCStressTest
  @Outcome(id = "ScanCancelledException, true", expect = ACCEPTABLE)
  @State
  public static class ClosedBesideTheEnd {
    private final EntryChannel channel = EntryChannel.bounded(1, 1000);

    /** One is there. */
    public ClosedBesideTheEnd() {
      send(channel, 1);
    }

    @Actor
    public void scan() {
      channel.complete();
    }

    @Actor
    public void consumer() {
      channel.close();
    }

    @Arbiter
    public void afterwards(LL_Result r) {
      r.r1 = now(channel);
      r.r2 = channel.isCancelled();
    }
  }

  /** One who waits is told of one end. */
  @JCStressTest
  @Outcome(
      id = {
        "end, end",
        "SpoolIOException, SpoolIOException",
      },
      expect = ACCEPTABLE)
  @State
  public static class TwoEnds {
    private final EntryChannel channel = EntryChannel.bounded(1, 1000);
    private final CompletableFuture<SpoolEntry> future = channel.receiveAsync();

    @Actor
    public void complete() {
      channel.complete();
    }

    @Actor
    public void fail() {
      channel.fail(new SpoolIOException("broken", null));
    }

    @Arbiter
    public void afterwards(LL_Result r) {
      r.r1 = result(future);
      r.r2 = now(channel);
    }
  }
}
