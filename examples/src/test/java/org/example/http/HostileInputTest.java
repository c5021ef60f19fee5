package org.example.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.testkit.Messages;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.example.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer can do that is broken, or means harm: nothing of it is stored, and nobody hurt. */
class HostileInputTest {
  private static final String HOST = "Host: x\r\n";

  static Stream<String> badIds() {
    return Stream.of(
        "x",
        "00",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        SpoolId.random() + ";a=b",
        SpoolId.random() + "/",
        SpoolId.random().toString().replace('0', 'g') + "g",
        "%30" + SpoolId.random().toString().substring(1),
        "a".repeat(2000));
  }

  @ParameterizedTest
  @MethodSource("badIds")
  void whatIsNoIdIsRefused(String id) throws IOException {
    try (HttpFixture http = HttpFixture.holding()) {
      for (String method : List.of("GET", "DELETE", "PUT")) {
        try (RawClient peer = http.raw()) {
          peer.send(
              method + " /messages/" + id + " HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
          RawClient.Answer answer = peer.answer();
          assertThat(answer.status()).isEqualTo(400);
          assertThat(answer.body())
              .doesNotContain("/messages", "'" + id)
              .doesNotContainPattern("[0-9a-f]{30}");
        }
      }
      assertThat(http.entries()).isEmpty();
    }
  }

  static Stream<String> idsThatNoPeerMayChoose() {
    return Stream.of(
        UUID.randomUUID().toString(),
        Messages.version1(Instant.now(), 1).toString(),
        SpoolId.at(Instant.now().plus(Duration.ofDays(1))).toString(),
        SpoolId.at(Instant.parse("9999-01-01T00:00:00Z")).toString());
  }

  @ParameterizedTest
  @MethodSource("idsThatNoPeerMayChoose")
  void peersChooseIdsOfVersion7ThatAreNotOfTheFuture(String id) throws IOException {
    try (HttpFixture http = HttpFixture.holding()) {
      for (String request :
          List.of(
              "PUT /messages/" + id + " HTTP/1.1\r\n",
              "POST /messages HTTP/1.1\r\nIdempotency-Key: " + id + "\r\n")) {
        try (RawClient peer = http.raw()) {
          peer.send(request + HOST + "Content-Length: 0\r\n\r\n");
          assertThat(peer.answer().status()).isEqualTo(400);
        }
      }
      assertThat(http.entries()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /messagesx HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET //messages HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /health/../messages HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /messages HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE /messages HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /messages HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "POST /messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\nx",
        "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: the worst\r\n\r\nx",
        "POST /messages HTTP/1.1\r\nHost : x\r\nContent-Length: 1\r\n\r\nx",
        "POST /messages\r\n\r\n",
        "\u0000\u0001\u0002 nonsense\r\n\r\n",
      })
  void requestsThatAreNotProperAreRefusedAndStoreNothing(String request) throws IOException {
    try (HttpFixture http = HttpFixture.holding()) {
      try (RawClient peer = http.raw()) {
        RawClient.Answer answer = peer.send(request).answer();
        assertThat(answer.status()).isBetween(400, 505).isNotEqualTo(500);
        assertThat(answer.body()).doesNotContain("secret", "Exception", "jetty", "org.eclipse");
        assertThat(answer.headers()).doesNotContainKey("server");
      }
      assertThat(http.entries()).isEmpty();
      assertThat(http.get("/health").statusCode()).isEqualTo(200);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST /messages", "PUT /messages/ID"})
  void messageWithoutALengthIsRefused(String request) throws IOException {
    String line = request.replace("ID", SpoolId.random().toString()) + " HTTP/1.1\r\n";
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send(line + HOST + "\r\n");
      assertThat(peer.answer().status()).isEqualTo(411);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void twoIdempotencyKeysAreRefused() throws IOException {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n");
      for (int i = 0; i < 2; i++) {
        peer.send("Idempotency-Key: " + SpoolId.random() + "\r\n");
      }
      assertThat(peer.send("\r\n").answer().status()).isEqualTo(400);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void hugeHeadersAreRefused() throws IOException {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "X: " + "x".repeat(9000) + "\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(431);
    }
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("GET /" + "x".repeat(9000) + " HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(peer.answer().status()).isEqualTo(414);
    }
  }

  @Test
  void bodyThatIsAnnouncedTooLargeIsNotRead() throws IOException {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Content-Length: 1048577\r\n");
      peer.send("Expect: 100-continue\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(413);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void bodyThatGrowsTooLargeIsCutOff() throws IOException {
    byte[] block = Messages.of(1, 1 << 16);
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 17; i++) { // of which 16 are the limit
        peer.send("10000\r\n").send(block).send("\r\n");
      }
      assertThat(peer.answer().status()).isEqualTo(413);
      Eventually.until("its memory is free", () -> http.receiver.bufferedBytes() == 0);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void chunkedBodyUpToTheLimitIsTaken() throws IOException {
    byte[] whole = Messages.of(1, 1 << 20);
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      peer.send("1\r\n").send(new byte[] {whole[0]}).send("\r\nfffff\r\n");
      peer.send(Arrays.copyOfRange(whole, 1, whole.length)).send("\r\n0\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(201);
      assertThat(((SpoolEntry.Item) http.entries().get(0)).data()).isEqualTo(whole);
    }
  }

  @Test
  void peerThatLeavesMidwayStoresNothing() throws IOException {
    try (HttpFixture http = HttpFixture.holding()) {
      for (String framing :
          List.of("Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1f4\r\n")) {
        try (RawClient peer = http.raw()) {
          peer.send("POST /messages HTTP/1.1\r\n" + HOST + framing).send(Messages.of(1, 500));
          Eventually.until("some of it has come", () -> http.receiver.bufferedBytes() > 0);
        }
        Eventually.until("it is forgotten", () -> http.receiver.bufferedBytes() == 0);
      }
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void peerThatLeavesWithinItsPutFreesTheId() throws Exception {
    SpoolId id = SpoolId.random();
    byte[] message = Messages.of(1, 1000);
    try (HttpFixture http = HttpFixture.holding()) {
      try (RawClient peer = http.raw()) {
        peer.send("PUT /messages/" + id + " HTTP/1.1\r\n" + HOST + "Content-Length: 1000\r\n\r\n");
        peer.send(Messages.of(2, 500));
        Eventually.until("some of it has come", () -> http.receiver.bufferedBytes() > 0);
      }
      Eventually.until("it is forgotten", () -> http.receiver.bufferedBytes() == 0);
      Eventually.until("the id is free", () -> status(http, id, message) == 201);
      assertThat(http.entries()).containsExactly(new SpoolEntry.Item(id, message));
    }
  }

  static int status(HttpFixture http, SpoolId id, byte[] message) {
    try {
      return http.put(id, message).statusCode();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void lengthThatIsTooShortGivesAMessageOfThatLengthAndNoOther() throws IOException {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\n\r\nabcdefgh\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(201);
      assertThat(peer.answer().status()).isEqualTo(400); // the rest is no request
      assertThat(((SpoolEntry.Item) http.entries().get(0)).data())
          .isEqualTo("abc".getBytes(ISO_8859_1));
      assertThat(http.entries()).hasSize(1);
    }
  }

  @Test
  void bodyThatStopsIsGivenUp() throws IOException {
    Settings impatient =
        HttpFixture.settings(1000, 2000, Duration.ofSeconds(30), Duration.ofMillis(200));
    try (HttpFixture http = HttpFixture.holding(impatient);
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Content-Length: 10\r\n\r\nabc");
      assertThat(peer.answer().status()).isEqualTo(408);
      Eventually.until("its memory is free", () -> http.receiver.bufferedBytes() == 0);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void bodyThatDripsIsGivenUpAtItsTimeHoweverSteadily() throws IOException {
    Settings patient = HttpFixture.settings();
    Settings hurried =
        new Settings(
            patient.address(),
            1000,
            2000,
            patient.storeTimeout(),
            patient.idleTimeout(),
            Duration.ZERO,
            patient.redelivery());
    try (HttpFixture http = HttpFixture.holding(hurried);
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Content-Length: 10\r\n\r\na");
      assertThat(peer.answer().status()).isEqualTo(408);
      assertThat(http.entries()).isEmpty();
    }
  }

  @Test
  void bodyOfSingleBytesIsTaken() throws IOException {
    try (HttpFixture http = HttpFixture.holding();
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      peer.send("1\r\nx\r\n".repeat(50_000)).send("0\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(201);
      assertThat(((SpoolEntry.Item) http.entries().get(0)).data()).hasSize(50_000);
    }
  }
}
