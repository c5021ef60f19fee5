package org.example.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.example.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deliveries that hang, or fail in ways that nobody thought of. */
class CourierTest {
  private final Spool envelopes = MemorySpool.open();
  private final MailStore store = new MailStore(envelopes, MemorySpool.open());
  private final Queue<SpoolId> delivered = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    store.close();
  }

  private SpoolId accept() {
    return store.accept(
        CrashPointsTest.envelope("a"),
        "text\r\n".getBytes(UTF_8),
        Deadline.after(Duration.ofMinutes(1)));
  }

  @Test
  void closingDoesNotWaitForEverForADeliveryThatHangsWhileTheSweepWaitsForRoom() {
    int room = 250; // of one delivery at once
    for (int i = 0; i < room + 50; i++) {
      accept();
    }
    Semaphore hanging = new Semaphore(0);
    Delivery hangs =
        mail -> {
          delivered.add(mail.id());
          hanging.acquireUninterruptibly();
        };
    Courier courier = new Courier(store, hangs, Receivers.deliveries(1), Duration.ofMillis(1));
    courier.start();
    Eventually.until("a delivery hangs", () -> delivered.size() == 1);
    Eventually.until("all room is taken", () -> courier.underWay() == room);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(courier::close);
    Eventually.until("it is closed", closing::isDone);
    hanging.release(room);
    Eventually.until("the threads have ended", () -> courier.underWay() == 0);
    assertThat(delivered).as("no delivery begins after the end").hasSize(1);
    assertThat(Receivers.ids(envelopes)).as("what was not delivered").hasSize(room + 49);
  }

  @Test
  void deliveryThatThrowsAnErrorIsTriedAgain() {
    AtomicInteger tries = new AtomicInteger();
    Delivery third =
        mail -> {
          if (tries.incrementAndGet() < 3) {
            throw new NoClassDefFoundError("a jar was replaced");
          }
          delivered.add(mail.id());
        };
    SpoolId id = accept();
    try (Courier courier = new Courier(store, third, Receivers.redelivery(Duration.ofMillis(5)))) {
      courier.start();
      Eventually.until("it is delivered", () -> Receivers.ids(envelopes).isEmpty());
      assertThat(delivered).containsExactly(id);
    }
  }
}
