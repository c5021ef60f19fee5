package dev.spool.support;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a spool lends its engine: a name, threads, and the ear for its failures. Safe for use by any
 * thread.
 */
public final class EngineContext {
  private static final Logger LOG = LoggerFactory.getLogger(EngineContext.class);

  private final String name;
  private final SpoolThreads threads;
  private final HealthLatch health;
  private final Runnable recovery;

  /**
   * Makes the context of one engine.
   *
   * @param recovery called after each fatal failure; starts {@link Engine#recover} unless it is
   *     under way
   */
  EngineContext(String name, SpoolThreads threads, HealthLatch health, Runnable recovery) {
    this.name = name;
    this.threads = threads;
    this.health = health;
    this.recovery = recovery;
  }

  /** Returns the spool's name, for threads and log lines. */
  public String name() {
    return name;
  }

  /** Returns the maker of the spool's threads. */
  public SpoolThreads threads() {
    return threads;
  }

  /**
   * Returns the spool's health. Failures are reported by the methods here, which also start the
   * recovery.
   */
  public HealthLatch health() {
    return health;
  }

  /**
   * Reports a failure of the class {@code kind}, and starts the recovery if it is fatal. Waits for
   * memory if there is none for it: a spool of which nobody was told is taken for healthy.
   *
   * @param what what was tried, where, and what was reported; for the operator
   */
  public void failed(FailureClass kind, String what, Throwable cause) {
    if (kind == FailureClass.FATAL) {
      recovery.run(); // first: no probe may prove anything before the recovery is known to be due
    }
    boolean told = false;
    while (!told) {
      try {
        health.report(kind, what, cause);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /**
   * Reports the failure of a sync, which is final for what it was to sync, and starts the recovery.
   * As {@link #failed} it waits for memory.
   *
   * @param what what was synced; for the operator
   */
  public void syncFailed(String what, Throwable cause) {
    if (health.settings().reopenAfterSyncFailure()) {
      recovery.run(); // first, as above
    }
    boolean told = false;
    while (!told) {
      try {
        health.syncFailed(what, cause);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /**
   * Asks for {@link Engine#recover} for what is no fatal error: it is called soon, and again with
   * growing pauses until it succeeds.
   */
  public void recover() {
    recovery.run();
  }

  /** Reports the failure of a read, and returns the exception for the caller. */
  public SpoolException readFailed(String tried, IOException failure) {
    return report(IoFailures.ofRead(failure), tried, Outcome.NOT_APPLIED, failure);
  }

  /** Reports the failure of a write, and returns the exception for the caller. */
  public SpoolException writeFailed(String tried, Outcome outcome, IOException failure) {
    return report(IoFailures.ofWrite(failure), tried, outcome, failure);
  }

  /** Waits for memory for the text, too. */
  private SpoolException report(
      FailureClass kind, String tried, Outcome outcome, IOException failure) {
    while (true) {
      try {
        SpoolException typed = IoFailures.typed(tried, outcome, failure); // reported once, last
        failed(kind, tried + ": " + failure, failure);
        return typed;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /** Types what the engine threw, and reports it if the engine has not. */
  SpoolException typed(String tried, Throwable failure) {
    return typed(tried, failure, IoFailures.ofRead(failure));
  }

  /**
   * The same for a scan, which changes nothing: where nothing that it has read has failed, but the
   * code, that is no reason to refuse stores at once.
   */
  SpoolException typedOfScan(String tried, Throwable failure) {
    boolean ours = failure instanceof RuntimeException && failure.getCause() == null;
    return typed(tried, failure, ours ? FailureClass.SUSPECT : IoFailures.ofRead(failure));
  }

  /**
   * Whatever stands in the way of telling more (no memory, a logger that fails): nobody else would
   * end the call.
   */
  private SpoolException typed(String tried, Throwable failure, FailureClass kind) {
    if (failure instanceof SpoolException typed) {
      return typed;
    }
    boolean plain = false;
    while (true) {
      try {
        return plain
            ? new SpoolException("the call failed", tried, Outcome.UNKNOWN, failure)
            : told(tried, failure, kind);
      } catch (Throwable t) {
        if (Scarcity.isMet(t)) {
          Scarcity.pause();
        } else {
          plain = true;
        }
      }
    }
  }

  private SpoolException told(String tried, Throwable failure, FailureClass kind) {
    failed(kind, tried + ": " + failure, failure);
    if (failure instanceof IOException io) {
      return IoFailures.typed(tried, Outcome.UNKNOWN, io);
    }
    LOG.error("{} failed unexpectedly", tried, failure);
    return new SpoolException("the call failed", tried + ": " + failure, Outcome.UNKNOWN, failure);
  }
}
