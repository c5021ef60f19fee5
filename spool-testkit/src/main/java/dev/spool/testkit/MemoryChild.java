package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolStats.Figure;
import dev.spool.Spools;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process whose memory is used up while it uses a spool, and is there again, and so on; it looks
 * whether all is well then, and tells what the spool owes, which whoever started it judges.
 */
final class MemoryChild {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final CallLog log;
  private final Spool spool;
  private final MemoryLoad load;

  private MemoryChild(CallLog log, Spool spool, MemoryLoad load) {
    this.log = log;
    this.spool = spool;
    this.load = load;
  }

  /**
   * Runs it.
   *
   * @param args an address, {@code heap} or {@code native}, rounds, and a seed
   */
  public static void main(String[] args) {
    long seed = Long.parseLong(args[3]);
    CallLog log = new CallLog();
    MemoryMessages messages = new MemoryMessages(seed);
    SplittableRandom random = new SplittableRandom(seed);
    MemoryHog hog = args[1].equals("heap") ? MemoryHog.ofHeap() : MemoryHog.ofDirectBuffers();
    ShortageChild.loadClasses();
    Spool spool = Spools.open(args[0]);
    MemoryLoad load = new MemoryLoad(spool, log, messages, 0);
    MemoryChild child = new MemoryChild(log, spool, load);
    load.run(random.nextLong(), () -> pause(300)); // with memory
    load.prove();
    for (int i = 0; i < Integer.parseInt(args[2]); i++) {
      long before = load.succeeded.get();
      Flapping flapping = new Flapping(spool, ShortageContract.QUIET);
      load.run(
          random.nextLong(),
          () -> {
            hog.squeeze(random, 100 + random.nextInt(200));
            pause(random.nextInt(50));
          });
      long well = load.succeeded.get() - before;
      child.recover();
      log.say(
          "round "
              + i
              + ": "
              + well
              + " well, "
              + load.thrown
              + " thrown, stopped by "
              + flapping.times());
      if (!flapping.tooOften().isEmpty()) {
        log.bad("stores were stopped too often: " + flapping.tooOften());
      }
    }
    load.compare(spool);
    close(log, spool);
    try (Spool again = Spools.open(args[0])) {
      load.compare(again);
      load.prove();
    } catch (SpoolException e) {
      log.bad("opening again: " + e.detail());
    }
    log.say("END");
    Runtime.getRuntime().halt(0);
  }

  private static void close(CallLog log, Spool spool) {
    try {
      spool.close();
    } catch (SpoolException e) {
      log.bad("the shutdown fails: " + e.detail());
    }
  }

  private static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** By itself. */
  private void recover() {
    long end = System.nanoTime() + LIMIT_NANOS;
    while ((spool.unhealthyReason() != null || !left().isEmpty()) && System.nanoTime() < end) {
      pause(1);
    }
    if (spool.unhealthyReason() != null) {
      log.bad("it does not recover: " + spool.health());
    }
    String left = left();
    if (!left.isEmpty()) {
      log.bad("no call is under way any more, but the spool counts " + left);
      MemoryLoad.showThreads();
    }
    load.prove();
  }

  /** Returns which figures tell of calls that have not ended. */
  private String left() {
    StringBuilder left = new StringBuilder();
    for (Figure figure : spool.stats().figures()) {
      switch (figure.name()) {
        case "stores.in.flight",
            "loads.in.flight",
            "removes.in.flight",
            "bytes.in.flight",
            "calls.waiting",
            "scans.active" -> {
          if (figure.value() != 0) {
            left.append(figure.name()).append(' ').append(figure.value()).append(' ');
          }
        }
        default -> {}
      }
    }
    return left.toString();
  }
}
