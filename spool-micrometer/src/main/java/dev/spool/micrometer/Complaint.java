package dev.spool.micrometer;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Says in the log that metrics fail: once for each spool, since a registry that fails does so at
 * every call. Nothing else may come of it: what the spool does matters more than that it is
 * counted. Safe for use by any thread.
 */
final class Complaint {
  private static final System.Logger LOG = System.getLogger("dev.spool.micrometer");

  private final String spool;
  private final AtomicBoolean said = new AtomicBoolean();

  Complaint(String spool) {
    this.spool = spool;
  }

  void about(Throwable failure) {
    if (said.compareAndSet(false, true)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "spool " + spool + ": metrics fail, and are incomplete; this is said once",
          failure);
    }
  }
}
