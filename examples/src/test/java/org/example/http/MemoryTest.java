package org.example.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.spool.testkit.FaultySpool.Call;
import dev.spool.testkit.Messages;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.example.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory that bodies take: what is counted is what is held, and that has a bound. */
class MemoryTest {
  private static HttpFixture bounded(int maxMessage, long maxBuffered) throws IOException {
    return HttpFixture.holding(
        HttpFixture.settings(
            maxMessage, maxBuffered, Duration.ofSeconds(60), Duration.ofSeconds(60)));
  }

  private static RawClient posting(HttpFixture http, String framing, byte[] body)
      throws IOException {
    RawClient peer = http.raw();
    peer.send("POST /messages HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n\r\n");
    if (framing.startsWith("Content-Length")) {
      return peer.send(body);
    }
    return peer.send(Integer.toHexString(body.length) + "\r\n").send(body).send("\r\n0\r\n\r\n");
  }

  /** A peer that says how much it sends, and one that does not. */
  private static String framing(boolean chunked, int length) {
    return chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length;
  }

  @Test
  void bodiesAreBoundedOverAllRequests() throws Exception {
    try (HttpFixture http = bounded(1000, 2500)) {
      http.spool.stall(Call.STORE);
      try (RawClient first = posting(http, "Content-Length: 1000", Messages.of(1, 1000));
          RawClient second = posting(http, "Content-Length: 1000", Messages.of(2, 1000))) {
        Eventually.until("both wait", () -> http.spool.stalledCalls() == 2);
        assertThat(http.receiver.bufferedBytes()).isEqualTo(2000);
        HttpResponse<byte[]> third = http.post(Messages.of(3, 1000));
        assertThat(third.statusCode()).isEqualTo(503);
        assertThat(third.headers().firstValue("Retry-After")).contains("5");
        http.spool.release();
        assertThat(first.answer().status()).isEqualTo(201);
        assertThat(second.answer().status()).isEqualTo(201);
      }
      assertThat(http.post(Messages.of(3, 1000)).statusCode()).isEqualTo(201);
      assertThat(http.receiver.bufferedBytes()).isZero();
    }
  }

  /** The array that the body has outgrown, and the larger one, are there at the same time. */
  @Test
  void bodyThatGrowsIsCountedWithItsCopy() throws Exception {
    try (HttpFixture http = bounded(30_000, 60_000)) {
      http.spool.stall(Call.STORE);
      try (RawClient first = posting(http, "Content-Length: 25000", Messages.of(1, 25_000))) {
        Eventually.until("it waits", () -> http.spool.stalledCalls() == 1);
        assertThat(http.receiver.bufferedBytes()).isEqualTo(25_000);
        try (RawClient second = http.raw()) {
          second.send("POST /messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
          second.send("4000\r\n").send(Messages.of(2, 0x4000)).send("\r\n");
          Eventually.until(
              "16 KiB have come", () -> http.receiver.bufferedBytes() == 25_000 + 0x4000);
          second.send("1\r\nx\r\n0\r\n\r\n"); // fits, but not while it is copied
          assertThat(second.answer().status()).isEqualTo(503);
        }
        Eventually.until("its share is back", () -> http.receiver.bufferedBytes() == 25_000);
        http.spool.release();
        assertThat(first.answer().status()).isEqualTo(201);
      }
      assertThat(http.receiver.bufferedBytes()).isZero();
    }
  }

  /** Asks the heap itself: nothing but the counted array is kept while stores wait. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void waitingRequestsHoldNoMoreThanIsCounted(boolean chunked) throws Exception {
    int requests = 100;
    byte[] body = Messages.of(1, 300_000); // twice 256 KiB would nearly do
    try (HttpFixture http = bounded(1 << 20, 128L << 20)) {
      http.spool.stall(Call.STORE);
      List<RawClient> peers = new ArrayList<>();
      try {
        long before = usedHeap();
        for (int i = 0; i < requests; i++) {
          peers.add(posting(http, framing(chunked, body.length), body));
        }
        Eventually.until("all stores wait", () -> http.spool.stalledCalls() == requests);
        long counted = http.receiver.bufferedBytes();
        assertThat(counted).isEqualTo((long) requests * body.length);
        assertThat(usedHeap() - before).isBetween(counted, counted * 3 / 2);
        http.spool.release();
        for (RawClient peer : peers) {
          assertThat(peer.answer().status()).isEqualTo(201);
        }
        assertThat(http.receiver.bufferedBytes()).isZero();
      } finally {
        for (RawClient peer : peers) {
          peer.close();
        }
      }
    }
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void largestMessageFitsWhenNobodyElseHasAny(boolean chunked) throws Exception {
    byte[] body = Messages.of(1, 100_000);
    try (HttpFixture http = bounded(body.length, 2L * body.length);
        RawClient peer = posting(http, framing(chunked, body.length), body)) {
      assertThat(peer.answer().status()).isEqualTo(201);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> bounded(1000, 1999));
  }

  @Test
  void memoryIsTakenForWhatHasComeAndNotForWhatIsAnnounced() throws Exception {
    try (HttpFixture http = bounded(1 << 20, 64L << 20);
        RawClient peer = http.raw()) {
      peer.send("POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nfew");
      Eventually.until("some have come", () -> http.receiver.bufferedBytes() > 0);
      assertThat(http.receiver.bufferedBytes()).isLessThanOrEqualTo(16 << 10);
    }
  }
}
