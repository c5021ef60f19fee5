package dev.spool.journal;

import dev.spool.support.EngineContext;
import dev.spool.support.Scarcity;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that makes, prepares or ends segments, so that no store waits for that. */
final class Janitor {
  private static final Logger LOG = LoggerFactory.getLogger(Janitor.class);

  private final Thread thread;

  /** Bounded by what housekeeping hands over. */
  private final ConcurrentLinkedQueue<Job> jobs = new ConcurrentLinkedQueue<>();

  private record Job(Runnable work, boolean last) {}

  private final Job last = new Job(() -> {}, true);

  /**
   * @param name what it does
   */
  Janitor(EngineContext context, String name) {
    this.thread = context.threads().thread(name, this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a job, which must not throw; or throws, for want of memory. Never blocks. */
  void add(Runnable work) {
    add(new Job(work, false));
  }

  /** Waits until it has done what it has. */
  void awaitQuiet() {
    Quiet quiet = new Quiet();
    add(quiet);
    quiet.done.join();
  }

  /** Has a class of its own, as what a recovery asks the committer for. */
  private static final class Quiet implements Runnable {
    final CompletableFuture<Void> done = new CompletableFuture<>();

    @Override
    public void run() {
      done.complete(null);
    }
  }

  private void add(Job job) {
    jobs.add(job);
    LockSupport.unpark(thread);
  }

  private void run() {
    boolean more = true;
    while (more) {
      Job job = await();
      try {
        job.work.run();
      } catch (RuntimeException | Error e) {
        tell(e);
      }
      more = !job.last;
    }
  }

  /** Waits for a job; needs no memory. */
  private Job await() {
    Job job = jobs.poll();
    while (job == null) {
      LockSupport.park(this);
      boolean unused = Thread.interrupted(); // nobody has any business to do that
      job = jobs.poll();
    }
    return job;
  }

  private void tell(Throwable failure) {
    try {
      LOG.error("{}: a job failed", thread.getName(), failure);
    } catch (Throwable e) {
      // The thread goes on without a word: others need it.
    }
  }

  /** Drops what it has not begun. */
  void drop() {
    jobs.clear();
  }

  /** Ends the thread, and waits until it has done what it has. */
  void stop() {
    boolean added = false;
    while (!added) { // or it would go on writing in a directory that is not ours any more
      try {
        add(last);
        added = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
