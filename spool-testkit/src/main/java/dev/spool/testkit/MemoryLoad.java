package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanCancelledException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Stores, replaces, loads, removes and scans, many at once, in a process that may have no memory
 * for any of it: what it needs to tell of its calls, it has from the beginning. A call that itself
 * throws an {@link OutOfMemoryError} has ended, and has changed nothing.
 */
final class MemoryLoad {
  private static final int WRITERS = 4;

  /** Calls under way of each writer. */
  private static final int WINDOW = 8;

  private static final long LIMIT_NANOS = 60_000_000_000L;
  private static final long PAUSE_NANOS = 200_000;

  private final CallLog log;
  private final MemoryMessages messages;

  /** Counts what is stored. */
  private final AtomicLong generations;

  private volatile Spool spool;
  private volatile boolean running;

  /** Calls that threw, and calls that succeeded. */
  final AtomicLong thrown = new AtomicLong();

  final AtomicLong succeeded = new AtomicLong();

  MemoryLoad(Spool spool, CallLog log, MemoryMessages messages, long generation) {
    this.spool = spool;
    this.log = log;
    this.messages = messages;
    this.generations = new AtomicLong(generation);
  }

  /** Does it on threads of its own, while {@code meanwhile} runs; waits until all has ended. */
  void run(long seed, Runnable meanwhile) {
    SplittableRandom random = new SplittableRandom(seed);
    running = true;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Writer writer = new Writer(random.split());
      threads.add(new Thread(writer::run, "writer-" + i));
    }
    Scanner scanner = new Scanner(random.split());
    threads.add(new Thread(scanner::run, "scanner"));
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    meanwhile.run();
    running = false;
    long end = System.nanoTime() + LIMIT_NANOS + LIMIT_NANOS / 10;
    for (Thread thread : threads) {
      while (thread.isAlive() && System.nanoTime() < end) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      if (thread.isAlive()) {
        log.bad(thread.getName() + " has not ended: " + List.of(thread.getStackTrace()));
      }
    }
  }

  /** Loads and scans everything. */
  void compare(Spool now) {
    spool = now;
    Writer reader = new Writer(new SplittableRandom(0));
    for (int i = 0; i < messages.size(); i++) {
      reader.slots[0].begin(3, i, Durability.SYNC);
      reader.drain();
    }
    new Scanner(new SplittableRandom(0)).scan();
  }

  /** Stores and removes something: it has to work. */
  void prove() {
    int last = messages.size() - 1;
    for (int what : new int[] {0, 3, 2}) {
      Writer writer = new Writer(new SplittableRandom(0));
      long before = succeeded.get();
      writer.slots[0].begin(what, last, Durability.SYNC);
      writer.drain();
      if (succeeded.get() == before) {
        log.bad("a call fails afterwards: " + writer.slots[0].failure + ", " + spool.health());
      }
    }
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has it", e);
    }
  }

  private static byte[] digest(MessageDigest sha, byte[] data, byte[] into) {
    try {
      sha.update(data);
      int unused = sha.digest(into, 0, into.length);
      return into;
    } catch (DigestException e) {
      throw new AssertionError(e);
    }
  }

  /** For whoever looks for what has not ended. */
  static void showThreads() {
    Thread.getAllStackTraces()
        .forEach((thread, stack) -> System.err.println(thread + " " + List.of(stack)));
  }

  private static void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  /** A place for one call. */
  private final class Slot {
    final MessageDigest sha = sha();
    final byte[] digest = new byte[CallLog.DIGEST];

    @Nullable CompletableFuture<?> future;
    int call;
    boolean isLoad;

    /** Why the last one failed. */
    @Nullable Throwable failure;

    /**
     * Begins a call, if there is memory for that.
     *
     * @param what a store if it is below 2, a removal if it is 2, else a load
     */
    void begin(int what, int number, Durability level) {
      byte[] data = null;
      long generation = 0;
      if (what < 2) {
        generation = generations.incrementAndGet();
        try {
          data = messages.bytes(number, generation);
        } catch (OutOfMemoryError e) {
          pause();
          return;
        }
      }
      isLoad = what > 2;
      SpoolId id = messages.id(number);
      call =
          isLoad
              ? log.loading(number)
              : data == null ? log.removing(number, level) : log.storing(number, generation, level);
      try {
        future =
            isLoad
                ? spool.load(id)
                : data == null ? spool.remove(id, level, null) : spool.store(id, data, level, null);
      } catch (OutOfMemoryError e) {
        thrown.incrementAndGet();
        failure = e;
        over(Outcome.NOT_APPLIED);
        pause();
      }
    }

    private void over(Outcome outcome) {
      if (isLoad) {
        log.readNothing(call);
      } else {
        log.failed(call, outcome);
      }
    }

    /** Tells of its end, if that has come, and there is memory for it. */
    void settle() {
      CompletableFuture<?> ended = future;
      if (ended == null || !ended.isDone()) {
        return;
      }
      try {
        Object result = ended.join();
        if (!isLoad) {
          log.done(call);
        } else if (result instanceof byte[] data) {
          log.loaded(call, data.length, digest(sha, data, digest));
        }
        succeeded.incrementAndGet();
      } catch (OutOfMemoryError e) {
        sha.reset();
        return; // later
      } catch (CompletionException e) {
        Throwable cause = e.getCause();
        failure = cause;
        if (cause instanceof MessageNotFoundException) {
          log.loaded(call, CallLog.ABSENT, null);
          succeeded.incrementAndGet();
        } else if (cause instanceof MessageCorruptException) {
          log.damaged(call);
        } else if (cause instanceof SpoolException typed) {
          over(typed.outcome());
        } else {
          over(Outcome.UNKNOWN);
          tell("a call fails with ", cause);
        }
      }
      future = null;
    }
  }

  private void tell(String what, @Nullable Throwable why) {
    try {
      log.bad(what + why);
      if (why != null) {
        why.printStackTrace();
      }
    } catch (OutOfMemoryError e) {
      // Another one will be told of.
    }
  }

  private final class Writer {
    final Slot[] slots = new Slot[WINDOW];
    final SplittableRandom random;

    Writer(SplittableRandom random) {
      this.random = random;
      for (int i = 0; i < WINDOW; i++) {
        slots[i] = new Slot();
      }
    }

    void run() {
      try {
        while (running) {
          once();
        }
        drain();
      } catch (Throwable e) {
        tell("a writer ends: ", e);
      }
    }

    private void once() {
      Slot slot = slots[random.nextInt(WINDOW)];
      slot.settle();
      if (slot.future != null) {
        pause();
        return;
      }
      int what = random.nextInt(5);
      // Mostly new ones, some again and again.
      int number = random.nextInt(random.nextInt(4) == 0 ? 20 : messages.size() - 1);
      slot.begin(what, number, random.nextBoolean() ? Durability.SYNC : Durability.BUFFERED);
    }

    void drain() {
      long end = System.nanoTime() + LIMIT_NANOS;
      for (Slot slot : slots) {
        while (slot.future != null && System.nanoTime() < end) {
          slot.settle();
          if (slot.future != null) {
            pause();
          }
        }
        if (slot.future != null) {
          log.bad("call " + slot.call + " has not ended");
          showThreads();
          slot.future = null;
        }
      }
    }
  }

  private final class Scanner {
    private final SplittableRandom random;
    private final MessageDigest sha = sha();
    private final byte[] digest = new byte[CallLog.DIGEST];

    Scanner(SplittableRandom random) {
      this.random = random;
    }

    void run() {
      try {
        while (running) {
          scan();
          maintain();
        }
      } catch (Throwable e) {
        tell("the scanner ends: ", e);
      }
    }

    void scan() {
      EntryChannel channel = null;
      CompletableFuture<?> scan = null;
      int call = log.scanning();
      boolean whole = false;
      try {
        channel = EntryChannel.bounded(64, 1 << 20);
        scan = spool.enumerate(channel);
        for (SpoolEntry entry = channel.receive(); entry != null; entry = channel.receive()) {
          show(call, entry);
        }
        whole = true;
      } catch (OutOfMemoryError | SpoolException e) {
        sha.reset();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (whole) {
        log.scanned(call);
      } else {
        log.readNothing(call);
      }
      close(channel);
      await("a scan", scan);
    }

    private void show(int call, SpoolEntry entry) {
      if (entry instanceof SpoolEntry.Item item) {
        int number = messages.number(item.id());
        if (number < 0) {
          log.bad("never stored: " + item.id());
        } else {
          log.shown(call, number, item.data().length, digest(sha, item.data(), digest));
        }
      } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
        log.bad("taken for damaged: " + corrupt);
      }
    }

    private void close(@Nullable EntryChannel channel) {
      if (channel == null) {
        return;
      }
      boolean closed = false;
      while (!closed) {
        try {
          channel.close();
          closed = true;
        } catch (OutOfMemoryError e) {
          pause();
        }
      }
    }

    private void maintain() {
      int kind = random.nextInt(10);
      CompletableFuture<?> work = null;
      try {
        work = kind < 2 ? spool.compact() : kind < 5 ? spool.adviseLowMemory() : spool.cleanup();
      } catch (OutOfMemoryError e) {
        pause();
      }
      await("maintenance", work);
    }

    private void await(String what, @Nullable CompletableFuture<?> future) {
      long end = System.nanoTime() + LIMIT_NANOS;
      while (future != null && !future.isDone()) {
        pause();
        if (System.nanoTime() > end) {
          log.bad(what + " has not ended");
          return;
        }
      }
      if (future != null && future.isCompletedExceptionally()) {
        failure(what, future);
      }
    }

    private void failure(String what, CompletableFuture<?> future) {
      try {
        var unused = future.join();
      } catch (OutOfMemoryError | ScanCancelledException e) {
        // It has failed.
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof SpoolException)) {
          tell(what + " fails with ", e.getCause());
        }
      }
    }
  }
}
