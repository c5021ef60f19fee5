package dev.spool.filesystem;

import dev.spool.support.DiskSync;
import dev.spool.support.Scarcity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Carries small durable stores out together: writes the files of all that wait, then forces all of
 * them, then lets them be named. Where the file system can force everything that was written to it
 * by one call, that is done for all but the smallest waves. Elsewhere the files are forced side by
 * side, so that they find one commit of the file system's journal to wait for, where stores that
 * each go their own way cause many small ones.
 *
 * <p>One thread leads: it takes what waits, until nothing does, and writes. Others only help it to
 * force, and whoever has no helper forces alone. What comes meanwhile is the next wave. A store
 * that is alone is a wave of its own, and is handed to nobody.
 *
 * <p>Thread-safe.
 *
 * @param <T> a store
 */
final class Waves<T> {
  /** How many waves there may be at a time: while one waits for the disk, another writes. */
  static final int LEADERS = 2;

  /** How many files are forced by one call at least: for fewer it does not pay. */
  static final int FEWEST_AT_ONCE = 3;

  /** What one wave takes at most, in bytes: each store waits for all of its wave. */
  private static final long MOST_BYTES = 8 << 20;

  /** What is done with a store. Nothing of it throws. */
  interface Steps<T> {
    /** Returns how many bytes are stored. */
    int length(T store);

    /** Takes the store up, and writes its file. Returns whether that is to be forced. */
    boolean write(T store);

    /**
     * Prepares to force all files of a wave at once, before the first one is written; null if each
     * is to be forced by itself.
     */
    @Nullable DiskSync openSync();

    /** Forces the file. */
    void force(T store);

    /** Takes note that the file was forced with all others. */
    void forced(T store);

    /** Lets the stores be named, those too that have failed. */
    void commit(List<T> stores);

    /** Ends a store for which there is no thread. */
    void giveUp(T store, Throwable why);
  }

  private final Executor threads;
  private final int most;
  private final Steps<T> steps;
  private final ConcurrentLinkedQueue<T> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger leaders = new AtomicInteger();

  /**
   * Makes it.
   *
   * @param most how many stores a wave has at most, and how many threads force
   */
  Waves(Executor threads, int most, Steps<T> steps) {
    this.threads = threads;
    this.most = most;
    this.steps = steps;
    new Forcing(List.of()).run(); // links it: that may fail for good if memory is short then
  }

  /** Takes a store. Returns at once, throws nothing. */
  void add(T store) {
    boolean added = false;
    while (!added) {
      try {
        added = waiting.add(store);
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
    if (!enter()) {
      return;
    }
    try {
      threads.execute(this::lead);
    } catch (Throwable e) { // there is no thread to be had
      if (leaders.decrementAndGet() == 0) {
        for (T left = waiting.poll(); left != null; left = waiting.poll()) {
          steps.giveUp(left, e);
        }
      }
    }
  }

  private boolean enter() {
    int now;
    do {
      now = leaders.get();
      if (now >= LEADERS) {
        return false;
      }
    } while (!leaders.compareAndSet(now, now + 1));
    return true;
  }

  private void lead() {
    do {
      try {
        for (Wave wave = wave(); wave.begin(); wave = wave()) {
          wave.carryOut();
        }
      } finally {
        leaders.decrementAndGet();
      }
      // What was added between the last look and the decrement may have found a leader.
    } while (!waiting.isEmpty() && enter());
  }

  /** Makes one, however long there is no memory for it: what waits has nobody else. */
  private Wave wave() {
    while (true) {
      try {
        return new Wave();
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /** Stores that are carried out together. Needs no more memory than it has got at first. */
  private final class Wave {
    private final List<T> all = new ArrayList<>(most);
    private final List<T> written = new ArrayList<>(most);

    /** Takes the first one; false if none waits. */
    boolean begin() {
      T first = waiting.poll();
      return first != null && all.add(first);
    }

    void carryOut() {
      // Before anything is written: it does not vouch for what was before it.
      DiskSync sync = most < FEWEST_AT_ONCE || waiting.isEmpty() ? null : steps.openSync();
      write();
      if (!forceAtOnce(sync)) {
        force();
      }
      steps.commit(all);
    }

    private void write() {
      long bytes = 0;
      for (T store = all.get(0); store != null; ) {
        bytes += steps.length(store);
        if (steps.write(store)) {
          written.add(store);
        }
        store = all.size() < most && bytes < MOST_BYTES ? waiting.poll() : null;
        if (store != null) {
          all.add(store);
        }
      }
    }

    /** Returns whether nothing is left to be forced. */
    private boolean forceAtOnce(@Nullable DiskSync sync) {
      if (sync == null) {
        return false;
      }
      boolean forced = false;
      try {
        forced = written.size() >= FEWEST_AT_ONCE && sync.force();
      } catch (Throwable e) {
        forced = false; // then each by itself, whatever it is
      }
      close(sync);
      if (forced) {
        for (int i = 0; i < written.size(); i++) {
          steps.forced(written.get(i));
        }
      }
      return forced;
    }

    private void force() {
      Forcing forcing;
      try {
        forcing = new Forcing(written);
      } catch (Throwable e) {
        for (int i = 0; i < written.size(); i++) {
          steps.force(written.get(i));
        }
        return;
      }
      for (int helpers = written.size() - 1; helpers > 0; helpers--) {
        try {
          threads.execute(forcing);
        } catch (Throwable e) {
          break; // then there is less help
        }
      }
      forcing.run();
      forcing.await();
    }
  }

  /**
   * Goes on until there is memory for it: what it holds is a descriptor. That is lost if anything
   * else is in the way, and not the wave.
   */
  private static void close(DiskSync sync) {
    boolean closed = false;
    while (!closed) {
      try {
        sync.close();
        closed = true;
      } catch (Throwable e) {
        closed = !Scarcity.isMet(e);
        Scarcity.pause();
      }
    }
  }

  /** Forces each file of a wave once, whoever runs it, and however many do. */
  private final class Forcing implements Runnable {
    private final List<T> written;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch done;

    Forcing(List<T> written) {
      this.written = written;
      this.done = new CountDownLatch(written.size());
    }

    @Override
    public void run() {
      for (T store = next(); store != null; store = next()) {
        try {
          steps.force(store);
        } finally {
          done.countDown();
        }
      }
    }

    private @Nullable T next() {
      int index = next.getAndIncrement();
      return index < written.size() ? written.get(index) : null;
    }

    void await() {
      while (done.getCount() > 0) {
        try {
          done.await();
        } catch (InterruptedException e) {
          // By nobody who has any business to; one that is kept would close the next file.
        } catch (OutOfMemoryError | InternalError e) { // to wait takes some, on JDK 17
          Scarcity.await(e);
        }
      }
    }
  }
}
