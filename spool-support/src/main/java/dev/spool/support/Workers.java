package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedList;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads that carry out tasks, started as they are needed, and given up when there is nothing to
 * do. In place of the JDK's pools, which lose threads and tasks when the heap is full: to wait, to
 * wake and to take a task need no memory here, a task that {@link #execute} has thrown for was not
 * taken, and one that was taken is carried out, whatever the ones before it have thrown.
 *
 * <p>Safe for use by any thread.
 */
public final class Workers implements Executor {
  private final ThreadFactory factory;
  private final int most;
  private final int mostWaiting;
  private final long idleNanos;

  /** A list with a node for each: adding to an array that has to grow can lose what is in it. */
  @SuppressWarnings("JdkObsolete")
  @GuardedBy("this")
  private final Queue<Runnable> waiting = new LinkedList<>();

  @GuardedBy("this")
  private int threads;

  /** Threads that wait for a task, and tasks that they were woken for. */
  @GuardedBy("this")
  private int idle;

  @GuardedBy("this")
  private boolean ended;

  /**
   * Makes it.
   *
   * @param most how many threads there are at most
   * @param mostWaiting how many tasks wait at most while as many threads are busy
   * @param idleNanos how long a thread waits for a task before it is given up
   */
  public Workers(ThreadFactory factory, int most, int mostWaiting, long idleNanos) {
    this.factory = factory;
    this.most = most;
    this.mostWaiting = mostWaiting;
    this.idleNanos = idleNanos;
  }

  /**
   * Has a task carried out soon. Never blocks.
   *
   * @throws RejectedExecutionException if too many wait, or this has ended
   * @throws OutOfMemoryError if there is no memory for it, or not even one thread
   */
  @Override
  public synchronized void execute(Runnable task) {
    if (ended) {
      throw new RejectedExecutionException("it has ended");
    }
    if (waiting.size() < idle) {
      waiting.add(task);
      notify();
      return;
    }
    if (threads < most) {
      startFor(task);
      return;
    }
    if (waiting.size() >= idle + mostWaiting) {
      throw new RejectedExecutionException(waiting.size() + " tasks wait already");
    }
    waiting.add(task);
  }

  @GuardedBy("this")
  private void startFor(Runnable task) {
    try {
      Thread thread = factory.newThread(new Work(task));
      threads++;
      boolean started = false;
      try {
        thread.start();
        started = true;
      } finally {
        threads -= started ? 0 : 1;
      }
    } catch (OutOfMemoryError | InternalError e) { // there is no memory, or no thread to be had
      if (threads == 0 || waiting.size() >= idle + mostWaiting) {
        throw e;
      }
      waiting.add(task);
    }
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private final class Work implements Runnable {
    private final Runnable first;

    Work(Runnable first) {
      this.first = first;
    }

    @Override
    public void run() {
      Workers.this.run(first);
    }
  }

  private void run(Runnable first) {
    for (Runnable task = first; task != null; task = next()) {
      try {
        task.run();
      } catch (Throwable t) {
        tell(t);
      }
    }
  }

  private static void tell(Throwable failure) {
    try {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
    } catch (Throwable t) {
      // The thread goes on without a word: there may be tasks that wait for it.
    }
  }

  /** Waits for a task; null if this thread is to end. */
  private synchronized @Nullable Runnable next() {
    long end = System.nanoTime() + idleNanos;
    Runnable task = waiting.poll();
    idle++;
    while (task == null) {
      long left = end - System.nanoTime();
      if (ended || left <= 0) {
        break;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        // By nobody who has any business to.
      }
      task = waiting.poll();
    }
    idle--;
    if (task == null) {
      threads--;
      notifyAll(); // who waits for the end
    }
    return task;
  }

  /** Takes no more tasks; those that wait are carried out. */
  public synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Waits, after {@link #end}, until all threads have ended; interrupts are left for later. */
  public void awaitEnd() {
    boolean interrupted = false;
    synchronized (this) {
      while (threads > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
