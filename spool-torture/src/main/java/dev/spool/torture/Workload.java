package dev.spool.torture;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Durability;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * What a child does all at once, until it is killed: stores at both levels, replacements, loads and
 * removals, several under way of one id too; scans; and maintenance.
 *
 * <p>Thread-safe where it says so; each of its threads has a generator of its own.
 */
final class Workload {
  private static final int WRITERS = 6;

  /** Each writer waits for the oldest of its calls when so many are under way. */
  private static final int BURST = 6;

  /** More messages than that are not kept: storing and removing go on about as fast. */
  private static final int KEPT = 300;

  /** Of 95 in 100 messages of mail; of the others thirty times that. */
  private static final long DELIVERED_WITHIN = TimeUnit.SECONDS.toNanos(2);

  private final TortureChild child;
  private final long seed;

  /** What may be there; what was just removed stays for a while, to be stored again. */
  @GuardedBy("this")
  private final List<SpoolId> known = new ArrayList<>();

  Workload(TortureChild child, long seed) {
    this.child = child;
    this.seed = seed;
  }

  /** Tells of a message that may be there. */
  synchronized void knows(SpoolId id) {
    known.add(id);
  }

  /** Begins, on threads of its own. */
  void start() {
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(seed * 1_000_003 + i);
      start("writer-" + i, () -> write(random));
    }
    Random scans = new Random(seed);
    start("scanner", () -> scan(scans));
    Random work = new Random(~seed);
    start("maintenance", () -> maintain(work));
  }

  /**
   * Begins what a mail server does: stores messages at an even pace, and loads and removes most
   * within two seconds, what was there before too; on a thread of its own.
   */
  void startMail(int rate) {
    Random random = new Random(seed);
    start("mail", () -> mail(rate, random));
  }

  private void mail(int rate, Random random) {
    // As many as W6 of the bench has.
    Semaphore inFlight = new Semaphore(64);
    long begin = System.nanoTime();
    MailTimes times = new MailTimes(begin, rate);
    synchronized (this) {
      known.forEach(id -> times.deliver(id, begin + random.nextLong(DELIVERED_WITHIN)));
    }
    while (!child.isClosed()) {
      long now = System.nanoTime();
      if (times.takeStore(now)) {
        receive(times, random, inFlight);
        continue;
      }
      SpoolId due = times.takeDue(now);
      if (due != null) {
        deliver(due, inFlight);
      } else {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  }

  private void receive(MailTimes times, Random random, Semaphore inFlight) {
    SpoolId id = SpoolId.random();
    long delay = random.nextLong(DELIVERED_WITHIN) * (random.nextInt(100) < 95 ? 1 : 30);
    inFlight.acquireUninterruptibly();
    var unused =
        child
            .store(id, Durability.SYNC)
            .thenRun(
                () -> {
                  times.deliver(id, System.nanoTime() + delay);
                  inFlight.release();
                });
  }

  private void deliver(SpoolId id, Semaphore inFlight) {
    inFlight.acquireUninterruptibly();
    var unused =
        child
            .load(id)
            .thenCompose(nothing -> child.remove(id, Durability.SYNC))
            .thenRun(inFlight::release);
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Makes a single write, and waits for it: mostly a store.
   *
   * @param synced whether it is SYNC; else it is either
   */
  void once(boolean synced) {
    // Not Random, whose first numbers are the same for seeds that follow one another.
    RandomGenerator random = new SplittableRandom(seed);
    Durability durability = synced ? Durability.SYNC : durability(random);
    int kind = random.nextInt(8);
    SpoolId id = kind < 4 ? SpoolId.random() : choose(random);
    (kind == 7 ? child.remove(id, durability) : child.store(id, durability)).join();
  }

  private void write(Random random) {
    List<CompletableFuture<Void>> underWay = new ArrayList<>();
    while (!child.isClosed()) {
      underWay.add(next(random));
      while (underWay.size() > random.nextInt(BURST)) {
        underWay.remove(0).join();
      }
    }
  }

  private CompletableFuture<Void> next(Random random) {
    int kind = random.nextInt(100);
    if (kind < 30 && !isMany()) {
      SpoolId id = SpoolId.random();
      CompletableFuture<Void> store = child.store(id, durability(random));
      knows(id);
      return store;
    }
    SpoolId id = choose(random);
    if (kind < 50) {
      return child.store(id, durability(random));
    }
    if (kind < 75) {
      return child.load(id);
    }
    if (kind < 95) {
      forget(id);
    } // else it is stored again some time
    return child.remove(id, durability(random));
  }

  private synchronized boolean isMany() {
    return known.size() > KEPT;
  }

  private synchronized SpoolId choose(RandomGenerator random) {
    return known.isEmpty() ? SpoolId.random() : known.get(random.nextInt(known.size()));
  }

  private synchronized void forget(SpoolId id) {
    known.remove(id);
  }

  private static Durability durability(RandomGenerator random) {
    return random.nextBoolean() ? Durability.SYNC : Durability.BUFFERED;
  }

  private void scan(Random random) {
    while (!child.isClosed()) {
      child.scan();
      pause(random);
    }
  }

  private void maintain(Random random) {
    while (!child.isClosed()) {
      int kind = random.nextInt(10);
      child.maintain(kind < 6 ? "cleanup" : kind < 8 ? "compact" : "adviseLowMemory");
      pause(random);
    }
  }

  private static void pause(Random random) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(100)));
  }
}
