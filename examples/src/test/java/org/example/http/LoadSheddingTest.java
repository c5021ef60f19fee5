package org.example.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.DeadlineExceededException;
import dev.spool.SpoolException.Outcome;
import dev.spool.Spools;
import dev.spool.testkit.FaultySpool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How an embedder tests that a server sheds load: the example of docs/embedding.md. */
class LoadSheddingTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  // docs: http-shedding begin
  @Test
  void serverShedsAndRecovers() throws Exception {
    try (FaultySpool spool = new FaultySpool(Spools.open("memory:shedding"));
        HttpReceiver server = HttpReceiver.start(spool, this::deliver, Settings.at(anyPort()))) {
      assertThat(post(server, "before").statusCode()).isEqualTo(201);

      spool.shed(); // as if the disk had failed
      HttpResponse<String> shed = post(server, "meanwhile");
      assertThat(shed.statusCode()).isEqualTo(503);
      assertThat(shed.headers().firstValue("Retry-After")).contains("30");
      assertThat(shed.body()).doesNotContain("said so"); // what health() tells the operator

      spool.heal();
      assertThat(post(server, "after").statusCode()).isEqualTo(201);

      spool.failNext( // the disk had it, and did not answer in time
          FaultySpool.Call.STORE, new DeadlineExceededException("a test", Outcome.UNKNOWN));
      assertThat(post(server, "unknown").statusCode()).isEqualTo(503); // never a 4xx
    }
  }

  // docs: http-shedding end

  private CompletableFuture<Void> deliver(Object id, byte[] message) {
    return CompletableFuture.completedFuture(null);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static HttpResponse<String> post(HttpReceiver server, String message) throws Exception {
    URI messages = URI.create("http://localhost:" + server.port() + "/messages");
    return CLIENT.send(
        HttpRequest.newBuilder(messages).POST(BodyPublishers.ofString(message)).build(),
        BodyHandlers.ofString());
  }
}
