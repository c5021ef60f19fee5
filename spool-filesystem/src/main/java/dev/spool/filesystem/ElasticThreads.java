package dev.spool.filesystem;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that are started when all others are busy, up to so many, and end when they have been
 * idle for a while. The JDK's own pools start a new one for each task until they have all of them,
 * or leave tasks waiting though there might be more threads.
 */
final class ElasticThreads {
  private static final long IDLE_SECONDS = 10;

  /** What waits for a thread: takes a task only for one that is idle, or when it has to. */
  private static final class Waiting extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }
  }

  private ElasticThreads() {}

  /**
   * Returns a pool, whose tasks are bounded by whoever submits them.
   *
   * @param most how many threads it has at most
   */
  static ThreadPoolExecutor pool(int most, ThreadFactory factory) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new Waiting(),
            factory,
            ElasticThreads::letWait);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** All threads are busy. */
  private static void letWait(Runnable task, ThreadPoolExecutor pool) {
    if (pool.isShutdown()) {
      throw new RejectedExecutionException();
    }
    pool.getQueue().add(task);
    if (pool.getPoolSize() == 0) {
      pool.prestartCoreThread(); // all of them have ended since, and saw no task
    }
  }
}
