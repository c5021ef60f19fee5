package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanCancelledException;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * One round: three threads make every call that there is, and a fourth shuts the spool down in the
 * middle, sooner or later. Every future must end, and every failure be one that a race explains.
 */
final class ShutdownRace {
  private static final int CALLERS = 3;
  private static final int CALLS = 24;

  private final SpoolFixture fixture;
  private final Path directory;

  ShutdownRace(SpoolFixture fixture, Path directory) {
    this.fixture = fixture;
    this.directory = directory;
  }

  void run(int round) {
    Spool spool = fixture.open(directory, Map.of(), null);
    SpoolId[] ids = new SpoolId[6];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = SpoolId.random();
    }
    CountDownLatch started = new CountDownLatch(1 + round % (CALLERS * CALLS));
    List<CompletableFuture<Void>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      SplittableRandom random = new SplittableRandom(31L * round + i);
      callers.add(Threads.run(() -> call(spool, ids, random, started)));
    }
    CompletableFuture<Void> closer =
        Threads.run(
            () -> {
              started.await();
              spool.close();
            });
    Check.get(closer);
    callers.forEach(Check::get);
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
  }

  private static void call(
      Spool spool, SpoolId[] ids, SplittableRandom random, CountDownLatch started) {
    List<CompletableFuture<?>> calls = new ArrayList<>();
    List<EntryChannel> channels = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(oneCall(spool, ids[random.nextInt(ids.length)], random, channels));
      started.countDown();
    }
    channels.forEach(Check::drain);
    calls.forEach(ShutdownRace::assertEnds);
  }

  private static CompletableFuture<?> oneCall(
      Spool spool, SpoolId id, SplittableRandom random, List<EntryChannel> channels) {
    byte[] message = Messages.of(random.nextLong(), random.nextInt(3000));
    Durability durability = random.nextInt(4) == 0 ? Durability.SYNC : Durability.BUFFERED;
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> spool.store(id, message, durability, null);
      case 3 -> spool.store(id, message, durability, shortDeadline(random));
      case 4 -> spool.remove(id, durability, null);
      case 5, 6 -> spool.load(id);
      case 7 -> spool.enumerate(narrowChannel(channels));
      case 8 -> spool.list(narrowChannel(channels));
      case 9 -> spool.cleanup();
      case 10 -> spool.compact();
      default -> {
        spool.stats();
        spool.health();
        spool.unhealthyReason();
        yield spool.adviseLowMemory();
      }
    };
  }

  private static Deadline shortDeadline(SplittableRandom random) {
    return Deadline.after(Duration.ofNanos(random.nextInt(100_000)));
  }

  private static EntryChannel narrowChannel(List<EntryChannel> channels) {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    channels.add(channel);
    return channel;
  }

  private static void assertEnds(CompletableFuture<?> call) {
    try {
      Check.get(call);
    } catch (SpoolException e) {
      if (e.getCause() instanceof Error || !expected(e)) {
        throw e;
      }
    }
  }

  private static boolean expected(SpoolException e) {
    return e instanceof SpoolClosedException
        || e instanceof ScanCancelledException
        || e instanceof MessageNotFoundException
        || e instanceof DeadlineExceededException
        || e instanceof BackpressureTimeoutException;
  }
}
