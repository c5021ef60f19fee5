package dev.spool.support;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the threads of one spool: named {@code spool-NAME-ROLE}, daemons, and interrupted by
 * nobody, since an interrupt closes the file that a thread is reading or writing.
 */
public final class SpoolThreads {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolThreads.class);

  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Longer than the pause between the questions for free space, which are asked every second. */
  private static final long SINGLE_IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String prefix;

  /** Makes the threads of the spool of that name. */
  public SpoolThreads(String name) {
    this.prefix = "spool-" + name + "-";
  }

  /** Returns a new thread, not started. What it fails with is logged. */
  public Thread thread(String role, Runnable work) {
    Thread thread = new Thread(work, prefix + role);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler(
        (t, e) -> LOG.error("{} ended by a failure", t.getName(), e));
    return thread;
  }

  /**
   * Returns an executor that grows to {@code max} threads while tasks come in faster than they are
   * done, and gives the threads up when idle. It refuses tasks beyond that.
   */
  Workers elastic(String role, int max) {
    return new Workers(numbered(role), max, 0, IDLE_NANOS);
  }

  /**
   * Returns an executor of up to {@code size} threads, given up when idle, with a queue for {@code
   * queued} tasks. It refuses tasks beyond that.
   */
  Workers bounded(String role, int size, int queued) {
    return new Workers(numbered(role), size, queued, IDLE_NANOS);
  }

  /**
   * Returns an executor of one thread, given up when idle, for tasks that come one by one. It
   * refuses more than one beside the one that it carries out.
   */
  Workers single(String role) {
    return new Workers(work -> thread(role, work), 1, 1, SINGLE_IDLE_NANOS);
  }

  /** Returns a timer of one thread, which drops tasks that are cancelled. */
  ScheduledThreadPoolExecutor timer(String role) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, work -> thread(role, work));
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return timer;
  }

  /** Returns a factory of threads {@code ROLE-1}, {@code ROLE-2}, …. */
  public ThreadFactory numbered(String role) {
    AtomicLong count = new AtomicLong();
    return work -> thread(role + "-" + count.incrementAndGet(), work);
  }
}
