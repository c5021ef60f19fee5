package org.example.smtp;

import dev.spool.SpoolId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Remembers what was delivered; refuses it while it is told to. */
final class RecordingDelivery implements Delivery {
  // Guarded by this.
  private final List<Mail> delivered = new ArrayList<>();
  private boolean refusing;
  private int refused;

  @Override
  public synchronized void deliver(Mail mail) throws IOException {
    if (refusing) {
      refused++;
      notifyAll();
      throw new IOException("refused, since a test said so");
    }
    delivered.add(mail);
    notifyAll();
  }

  synchronized void refuse(boolean now) {
    refusing = now;
  }

  synchronized List<Mail> delivered() {
    return List.copyOf(delivered);
  }

  /** Waits until that many were delivered, and returns them. */
  synchronized List<Mail> await(int count) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (delivered.size() < count) {
      wait(remaining(end, "delivered are " + delivered.size() + " of " + count));
    }
    return List.copyOf(delivered);
  }

  synchronized void awaitRefusals(int count) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (refused < count) {
      wait(remaining(end, "refused are " + refused + " of " + count));
    }
  }

  private static long remaining(long end, String state) throws TimeoutException {
    long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    if (millis <= 0) {
      throw new TimeoutException(state);
    }
    return millis;
  }

  /** Returns what was delivered by id; fails if a message was delivered twice. */
  synchronized Map<SpoolId, Mail> byId() {
    Map<SpoolId, Mail> byId = new HashMap<>();
    for (Mail mail : delivered) {
      if (byId.put(mail.id(), mail) != null) {
        throw new AssertionError("delivered twice: " + mail.id());
      }
    }
    return byId;
  }
}
