package org.example.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.FaultySpool.Call;
import dev.spool.testkit.Messages;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.example.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is accepted is delivered, at least once, and then it is gone. */
class CourierTest {
  private static final byte[] MAIL = "mail".getBytes(UTF_8);

  private final FaultySpool spool = new FaultySpool(Spools.open("memory:courier"));
  private final Queue<SpoolId> delivered = new ConcurrentLinkedQueue<>();

  @Test
  void whatIsThereAtTheStartIsDeliveredWhole() {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 500, 50_000);
    messages.forEach((id, message) -> spool.store(id, message).join());
    Map<SpoolId, byte[]> seen = new ConcurrentHashMap<>();
    try (spool;
        Courier courier = courier((id, message) -> done(seen.put(id, message)))) {
      courier.start();
      awaitEmpty();
      assertThat(seen).hasSameSizeAs(messages);
      messages.forEach((id, message) -> assertThat(seen.get(id)).isEqualTo(message));
    }
  }

  @Test
  void failedDeliveryIsTriedAgain() {
    AtomicInteger tries = new AtomicInteger();
    Delivery third =
        (id, message) ->
            tries.incrementAndGet() < 3
                ? CompletableFuture.failedFuture(new IllegalStateException("try again"))
                : done(delivered.add(id));
    SpoolId id = SpoolId.random();
    try (spool;
        Courier courier = courier(third)) {
      courier.start();
      assertThat(courier.claim(id)).isTrue();
      spool.store(id, MAIL).join();
      courier.accepted(id, MAIL);
      awaitEmpty();
      assertThat(delivered).containsExactly(id);
    }
  }

  @Test
  void messageThatIsBeingStoredIsNotTheSweeps() {
    List<SpoolId> ids = Stream.generate(SpoolId::random).limit(2).sorted().toList();
    try (spool;
        Courier courier = courier((id, message) -> done(delivered.add(id)))) {
      courier.start();
      assertThat(courier.claim(ids.get(0))).isTrue();
      spool.store(ids.get(0), MAIL).join();
      spool.store(ids.get(1), MAIL).join();
      Eventually.until("a sweep has come past it", () -> !delivered.isEmpty());
      courier.accepted(ids.get(0), MAIL);
      awaitEmpty();
      assertThat(delivered).containsExactly(ids.get(1), ids.get(0));
    }
  }

  @Test
  void messageWhoseStoreHasFailedIsTheSweepsIfItIsThere() {
    SpoolId id = SpoolId.random();
    try (spool;
        Courier courier = courier((i, message) -> done(delivered.add(i)))) {
      courier.start();
      assertThat(courier.claim(id)).isTrue();
      spool.store(id, MAIL).join();
      courier.release(id);
      awaitEmpty();
      assertThat(delivered).containsExactly(id);
    }
  }

  @Test
  void deliveryThatThrowsIsTriedAgainToo() {
    AtomicInteger tries = new AtomicInteger();
    Delivery second =
        (id, message) -> {
          if (tries.incrementAndGet() == 1) {
            throw new IllegalStateException("a bug");
          }
          return done(delivered.add(id));
        };
    spool.store(SpoolId.random(), MAIL).join();
    try (spool;
        Courier courier = courier(second)) {
      courier.start();
      awaitEmpty();
      assertThat(delivered).hasSize(1);
    }
  }

  @Test
  void messageWhoseRemovalFailedIsDeliveredAgainRatherThanForgotten() {
    SpoolId id = SpoolId.random();
    spool.store(id, MAIL).join();
    spool.failNext(Call.REMOVE, new SpoolIOException("a test", Outcome.UNKNOWN, null));
    try (spool;
        Courier courier = courier((i, message) -> done(delivered.add(i)))) {
      courier.start();
      awaitEmpty();
      assertThat(delivered).containsExactly(id, id);
    }
  }

  @Test
  void sweepThatFailsIsTriedAgain() {
    spool.store(SpoolId.random(), MAIL).join();
    spool.failNext(Call.SCAN, new SpoolIOException("a test", null));
    try (spool;
        Courier courier = courier((id, message) -> done(delivered.add(id)))) {
      courier.start();
      Eventually.until("the next sweep finds it", () -> delivered.size() == 1);
      awaitEmpty();
    }
  }

  static Stream<Throwable> bugs() {
    return Stream.of(
        new IllegalStateException("a bug"),
        new CancellationException("of a future"),
        new NoClassDefFoundError("a jar was replaced"));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void sweepThatThrowsWhatNobodyExpectedIsTriedAgain(Throwable bug) {
    spool.store(SpoolId.random(), MAIL).join();
    AtomicInteger scans = new AtomicInteger();
    Spool broken =
        (Spool)
            Proxy.newProxyInstance(
                Spool.class.getClassLoader(),
                new Class<?>[] {Spool.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("list") && scans.incrementAndGet() < 3) {
                    throw bug;
                  }
                  return method.invoke(spool, args);
                });
    try (spool;
        Courier courier =
            new Courier(broken, (id, message) -> done(delivered.add(id)), Duration.ofMillis(5))) {
      courier.start();
      awaitEmpty();
      assertThat(delivered).hasSize(1);
    }
  }

  @Test
  void closingDoesNotWaitForEverForADeliveryThatHangs() {
    Semaphore hanging = new Semaphore(0);
    Delivery blocks = // which it must not
        (id, message) -> {
          delivered.add(id);
          hanging.acquireUninterruptibly();
          return done(id);
        };
    spool.store(SpoolId.random(), MAIL).join();
    try (spool) {
      Courier courier = new Courier(spool, blocks, Duration.ofMillis(20), Duration.ofMillis(1));
      courier.start();
      Eventually.until("its delivery has begun", () -> delivered.size() == 1);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(courier::close);
      Eventually.until("it is closed", closing::isDone);
      hanging.release();
    }
  }

  @Test
  void damagedMessageStopsNothingAndStays() {
    List<SpoolId> ids = List.of(SpoolId.random(), SpoolId.random(), SpoolId.random());
    ids.forEach(id -> spool.store(id, MAIL).join());
    spool.corrupt(ids.get(1));
    try (spool;
        Courier courier = courier((id, message) -> done(delivered.add(id)))) {
      courier.start();
      Eventually.until("the others are delivered", () -> delivered.size() == 2);
      assertThat(delivered).containsExactlyInAnyOrder(ids.get(0), ids.get(2));
      assertThat(HttpFixture.entries(spool)).hasSize(1);
    }
  }

  @Test
  void messagesThatComeWhileAllRoomIsTakenAreDeliveredLater() {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    Delivery slow = (id, message) -> gate.thenRun(() -> delivered.add(id));
    try (spool;
        Courier courier = courier(slow)) {
      courier.start();
      for (int i = 0; i < 200; i++) { // more than are under way at once
        SpoolId id = SpoolId.random();
        assertThat(courier.claim(id)).isTrue();
        spool.store(id, MAIL).join();
        courier.accepted(id, MAIL);
      }
      assertThat(delivered).isEmpty();
      gate.complete(null);
      awaitEmpty();
      assertThat(delivered).hasSize(200).doesNotHaveDuplicates();
    }
  }

  @Test
  void largeMessagesAreNotOvertakenForEver() {
    byte[] large = new byte[65 << 20];
    Arrays.fill(large, (byte) 7);
    SpoolId id = SpoolId.random();
    spool.store(id, large).join();
    try (spool;
        Courier courier = courier((i, message) -> done(delivered.add(i)))) {
      courier.start();
      awaitEmpty();
      assertThat(delivered).containsExactly(id);
    }
  }

  private Courier courier(Delivery delivery) {
    return new Courier(spool, delivery, Duration.ofMillis(20));
  }

  private void awaitEmpty() {
    Eventually.until("all are delivered", () -> HttpFixture.entries(spool).isEmpty());
  }

  private static CompletableFuture<Object> done(Object ignored) {
    return CompletableFuture.completedFuture("done");
  }
}
