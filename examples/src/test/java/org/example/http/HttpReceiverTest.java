package org.example.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.MessageTooLargeException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.testkit.FaultySpool.Call;
import dev.spool.testkit.Messages;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.example.Eventually;
import org.example.replies.HttpReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a well-behaved peer sees of the receiver, on good days and bad ones. */
class HttpReceiverTest {
  private static final byte[] MAIL = "Subject: hello\r\n\r\nworld\r\n".getBytes(UTF_8);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40_000, 1 << 20})
  void acknowledgedMessageIsInTheSpool(int length) throws Exception {
    byte[] message = Messages.of(length, length);
    try (HttpFixture http = HttpFixture.holding()) {
      HttpResponse<byte[]> created = http.post(message);
      assertThat(created.statusCode()).isEqualTo(201);
      String location = created.headers().firstValue("Location").orElseThrow();

      HttpResponse<byte[]> there = http.get(location);
      assertThat(there.statusCode()).isEqualTo(200);
      assertThat(there.body()).isEqualTo(message);
      assertThat(there.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(http.entries())
          .containsExactly(new SpoolEntry.Item(SpoolId.parse(location.substring(10)), message));
    }
  }

  @Test
  void acknowledgedOnlyWhenTheStoreHasCompleted() throws Exception {
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.stall(Call.STORE);
      CompletableFuture<HttpResponse<byte[]>> answer = postAsync(http);
      Eventually.until("the store has come", () -> http.spool.stalledCalls() == 1);
      assertThat(answer).isNotDone();
      http.spool.release();
      assertThat(answer.get().statusCode()).isEqualTo(201);
    }
  }

  @Test
  void noThreadIsHeldByAStoreThatWaits() throws Exception {
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.stall(Call.STORE);
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) { // the server has 16 threads
        answers.add(postAsync(http));
      }
      Eventually.until("all stores wait", () -> http.spool.stalledCalls() == 200);
      assertThat(http.get("/health/live").statusCode()).isEqualTo(200);
      http.spool.release();
      for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(201);
      }
      assertThat(http.entries()).hasSize(200);
    }
  }

  @Test
  void sheddingServerDoesNotGetTheBody() throws Exception {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      http.spool.shed();
      peer.send(
          "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      RawClient.Answer refused = peer.answer();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.headers()).containsEntry("retry-after", "30");
      assertThat(refused.headers()).containsEntry("connection", "close");
      assertThat(refused.body()).contains(SpoolUnhealthyException.REASON);
      assertThat(peer.ended()).isTrue();
      assertThat(http.receiver.bufferedBytes()).isZero();
    }
  }

  @Test
  void healthyServerAsksForTheBody() throws Exception {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send(
          "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(100);
      assertThat(peer.send("hello").answer().status()).isEqualTo(201);
      assertThat(
              http.send(
                      http.request("/messages")
                          .expectContinue(true)
                          .POST(BodyPublishers.ofByteArray(MAIL)))
                  .statusCode())
          .isEqualTo(201);
    }
  }

  @Test
  void peerThatSendsWithoutAskingGetsTheAnswerToo() throws Exception {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      http.spool.shed();
      byte[] large = Messages.of(1, 8 << 20);
      peer.send(
          "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: " + large.length + "\r\n\r\n");
      peer.send(large); // more than the buffers between us hold: somebody reads it
      assertThat(peer.answer().status()).isEqualTo(503);
      assertThat(peer.ended()).isTrue();
      assertThat(http.receiver.bufferedBytes()).isZero();
    }
  }

  @Test
  void shedsOnTheWireAndRecoversOnTheSameConnection() throws Exception {
    String health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      assertThat(peer.send(health).answer().status()).isEqualTo(200);
      http.spool.shed();
      assertThat(peer.send(health).answer().status()).isEqualTo(503);
      assertThat(http.get("/health/live").statusCode()).isEqualTo(200);
      assertThat(http.post(MAIL).statusCode()).isEqualTo(503);
      http.spool.heal();
      assertThat(peer.send(health).answer().status()).isEqualTo(200);
      assertThat(http.post(MAIL).statusCode()).isEqualTo(201);
      assertThat(http.entries()).hasSize(1);
    }
  }

  static Stream<SpoolException> failuresOfAStore() {
    String detail = "/var/spool/secret";
    return Stream.of(Outcome.values())
        .flatMap(
            outcome ->
                Stream.of(
                    new SpoolFullException(detail, outcome, null),
                    new SpoolUnhealthyException(detail, outcome, null),
                    new DeadlineExceededException(detail, outcome),
                    new BackpressureTimeoutException(detail, outcome),
                    new SpoolIOException(detail, outcome, new IOException(detail)),
                    new SpoolClosedException(detail, outcome),
                    new SpoolReadOnlyException(detail),
                    new MessageTooLargeException(2, 1),
                    new SpoolException("?", detail, outcome, null)));
  }

  @ParameterizedTest
  @MethodSource("failuresOfAStore")
  void failuresOfAStoreAreAnsweredAsTheTableSays(SpoolException failure) throws Exception {
    HttpReply expected = HttpReply.of(failure);
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.failNext(Call.STORE, failure);
      HttpResponse<byte[]> answer = http.post(MAIL);
      assertThat(answer.statusCode()).isEqualTo(expected.status());
      assertThat(
              answer
                  .headers()
                  .firstValue("Retry-After")
                  .map(Long::valueOf)
                  .map(Duration::ofSeconds))
          .isEqualTo(Optional.ofNullable(expected.retryAfter()));
      assertThat(new String(answer.body(), UTF_8)).isEqualTo(expected.body());
      assertThat(answer.headers().map().toString()).doesNotContain("secret");
      assertThat(http.post(MAIL).statusCode()).isEqualTo(201);
    }
  }

  @Test
  void fullSpoolIsInsufficientStorage() throws Exception {
    try (HttpFixture http =
        HttpFixture.holding("memory:tiny?maxBytes=1000", HttpFixture.settings())) {
      SpoolId id = SpoolId.random();
      assertThat(http.put(id, Messages.of(1, 600)).statusCode()).isEqualTo(201);
      assertThat(http.post(Messages.of(2, 600)).statusCode()).isEqualTo(507);
      http.send(http.request("/messages/" + id).DELETE());
      Eventually.until("stores are taken again", () -> http.spool.unhealthyReason() == null);
      assertThat(http.post(Messages.of(2, 600)).statusCode()).isEqualTo(201);
    }
  }

  @Test
  void storeThatDoesNotEndIsAnsweredAtItsDeadline() throws Exception {
    try (HttpFixture http =
        HttpFixture.holding(
            HttpFixture.settings(1000, 2000, Duration.ofMillis(50), Duration.ofSeconds(30)))) {
      http.spool.stall(Call.STORE);
      HttpResponse<byte[]> answer = http.post(MAIL);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).contains("5");
    }
  }

  @Test
  void peerThatWaitsForItsAnswerIsNotIdle() throws Exception {
    try (HttpFixture http =
            HttpFixture.holding(
                HttpFixture.settings(1000, 2000, Duration.ofSeconds(30), Duration.ofMillis(100)));
        RawClient waiting = http.raw()) {
      http.spool.stall(Call.STORE);
      waiting.send("POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
      Eventually.until("the store has come", () -> http.spool.stalledCalls() == 1);
      for (int i = 0; i < 3; i++) {
        try (RawClient silent = http.raw()) {
          assertThat(silent.ended()).isTrue(); // after the idle timeout
        }
      }
      http.spool.release();
      assertThat(waiting.answer().status()).isEqualTo(201);
    }
  }

  @Test
  void theSameMessageMayBeSentAgainUnderItsId() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.failNext(Call.STORE, new SpoolIOException("a test", Outcome.UNKNOWN, null));
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(503);
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      for (String key : List.of(id.toString(), "\"" + id.toUuid() + "\"")) {
        HttpResponse<byte[]> posted =
            http.send(
                http.request("/messages")
                    .header("Idempotency-Key", key)
                    .POST(BodyPublishers.ofByteArray(MAIL)));
        assertThat(posted.statusCode()).isEqualTo(201);
        assertThat(posted.headers().firstValue("Location")).contains("/messages/" + id);
      }
      assertThat(http.entries()).containsExactly(new SpoolEntry.Item(id, MAIL));
    }
  }

  @Test
  void whatIsThereAlreadyIsStoredAgainBeforeItIsAcknowledged() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      // Readable, as after a failed sync: that alone is no reason to say that it is kept.
      http.spool.failNext(Call.STORE, new SpoolIOException("a test", Outcome.UNKNOWN, null));
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(503);
    }
  }

  @Test
  void anotherMessageUnderAnIdThatIsTakenIsRefused() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      assertThat(http.put(id, "other".getBytes(UTF_8)).statusCode()).isEqualTo(422);
      assertThat(http.entries()).containsExactly(new SpoolEntry.Item(id, MAIL));
    }
  }

  @Test
  void twoRequestsOfOneIdDoNotRace() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.stall(Call.STORE);
      var first =
          http.client.sendAsync(
              http.request("/messages/" + id).PUT(BodyPublishers.ofByteArray(MAIL)).build(),
              BodyHandlers.ofByteArray());
      Eventually.until("the first waits", () -> http.spool.stalledCalls() == 1);
      HttpResponse<byte[]> second = http.put(id, MAIL);
      assertThat(second.statusCode()).isEqualTo(409);
      assertThat(second.headers().firstValue("Retry-After")).contains("1");
      http.spool.release();
      assertThat(first.get().statusCode()).isEqualTo(201);
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
    }
  }

  @Test
  void messageIsNotTakenUnderAnIdWhoseRemovalIsToCome() throws Exception {
    SpoolId id = SpoolId.random();
    byte[] other = "other".getBytes(UTF_8);
    CompletableFuture<Void> gate = new CompletableFuture<>();
    List<byte[]> delivered = new CopyOnWriteArrayList<>();
    Delivery slow = (i, message) -> gate.thenRun(() -> delivered.add(message));
    try (HttpFixture http = new HttpFixture(slow, HttpFixture.settings())) {
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      Eventually.until("its delivery has begun", () -> gate.getNumberOfDependents() == 1);
      assertThat(http.send(http.request("/messages/" + id).DELETE()).statusCode()).isEqualTo(204);
      assertThat(http.put(id, other).statusCode()).isEqualTo(409);
      gate.complete(null);
      Eventually.until("the id is free", () -> HostileInputTest.status(http, id, other) == 201);
      Eventually.until("both are delivered", () -> delivered.size() == 2);
      assertThat(delivered).containsExactly(MAIL, other);
    }
  }

  @Test
  void refusedRequestDoesNotBlockItsId() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.shed();
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(503);
      http.spool.heal();
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
    }
  }

  @Test
  void damagedMessageIsMendedByItsSender() throws Exception {
    SpoolId id = SpoolId.random();
    Delivery broken = (i, message) -> CompletableFuture.failedFuture(new IOException("a test"));
    try (HttpFixture http = new HttpFixture(broken, HttpFixture.settings())) {
      assertThat(http.put(id, MAIL).statusCode()).isEqualTo(201);
      http.spool.corrupt(id);
      HttpResponse<byte[]> damaged = http.get("/messages/" + id);
      assertThat(damaged.statusCode()).isEqualTo(500);
      assertThat(new String(damaged.body(), UTF_8)).doesNotContain(id.toString());
      Eventually.until("it is stored again", () -> HostileInputTest.status(http, id, MAIL) == 201);
      assertThat(http.get("/messages/" + id).body()).isEqualTo(MAIL);
    }
  }

  @Test
  void removedMessageIsGone() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      http.put(id, MAIL);
      for (int i = 0; i < 2; i++) {
        assertThat(http.send(http.request("/messages/" + id).DELETE()).statusCode()).isEqualTo(204);
        assertThat(http.get("/messages/" + id).statusCode()).isEqualTo(404);
      }
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void removalsGoOnWhileStoresAreRefused() throws Exception {
    SpoolId id = SpoolId.random();
    try (HttpFixture http = HttpFixture.holding()) {
      http.put(id, MAIL);
      http.spool.full();
      assertThat(http.get("/messages/" + id).statusCode()).isEqualTo(200);
      assertThat(http.send(http.request("/messages/" + id).DELETE()).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void closingLetsARequestEndAndTakesNoMore() throws Exception {
    try (HttpFixture http = HttpFixture.holding()) {
      http.spool.stall(Call.STORE);
      CompletableFuture<HttpResponse<byte[]>> answer = postAsync(http);
      Eventually.until("the store has come", () -> http.spool.stalledCalls() == 1);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(http.receiver::close);
      Eventually.until("no connection is taken", () -> refusesConnections(http));
      assertThat(closing).isNotDone();
      assertThat(answer).isNotDone();
      http.spool.release();
      assertThat(answer.get().statusCode()).isEqualTo(201);
      http.giveDeliveriesUp();
      closing.get();
      assertThat(http.entries()).hasSize(1);
    }
  }

  @Test
  void closingCutsNoAnswerOffThatIsReadSlowly() throws Exception {
    SpoolId id = SpoolId.random();
    byte[] large = Messages.of(1, 24 << 20); // more than the sockets hold
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      http.spool.store(id, large).join();
      peer.send("GET /messages/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
      Eventually.until("it is being answered", () -> http.receiver.bufferedBytes() > 0);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(http.receiver::close);
      // For longer than a connection without a request may stay, the peer reads nothing.
      assertThatThrownBy(() -> closing.get(300, MILLISECONDS)).isInstanceOf(TimeoutException.class);
      assertThat(peer.answer().body()).isEqualTo(new String(large, ISO_8859_1));
      http.giveDeliveriesUp();
      closing.get();
    }
  }

  @Test
  void addressThatIsTakenIsAnIoFailure() throws Exception {
    try (HttpFixture http = HttpFixture.holding()) {
      Settings same = Settings.at(new InetSocketAddress("localhost", http.receiver.port()));
      assertThatThrownBy(() -> HttpFixture.holding(same).close()).isInstanceOf(IOException.class);
    }
  }

  private static boolean refusesConnections(HttpFixture http) {
    try {
      http.raw().close();
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static CompletableFuture<HttpResponse<byte[]>> postAsync(HttpFixture http) {
    return http.client.sendAsync(
        http.request("/messages").POST(BodyPublishers.ofByteArray(MAIL)).build(),
        BodyHandlers.ofByteArray());
  }
}
