package org.example.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.Messages;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.example.Eventually;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every message that a peer was told is kept is kept, whenever the server is killed. */
class HttpKillTest {
  private static final int PEERS = 16;
  private static final int KILLS = 3;

  /** Seeds of acknowledged messages, by id. */
  private final Map<SpoolId, Long> acknowledged = new ConcurrentHashMap<>();

  private final AtomicLong seeds = new AtomicLong();

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb"})
  void everyAcknowledgedMessageIsInTheSpoolAfterSigkill(String scheme, @TempDir Path directory)
      throws Exception {
    String uri = scheme + ":" + directory.resolve("spool") + "?minFreeSpace=0&minFreeInodes=0";
    for (int kill = 1; kill <= KILLS; kill++) {
      storeUntilKilled(uri, acknowledged.size() + 150);
    }
    try (Spool spool = Spools.open(uri)) {
      Map<SpoolId, byte[]> kept = new ConcurrentHashMap<>();
      for (SpoolEntry entry : HttpFixture.entries(spool)) {
        SpoolEntry.Item item = (SpoolEntry.Item) entry; // none is damaged
        kept.put(item.id(), item.data());
      }
      assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(KILLS * 150);
      acknowledged.forEach(
          (id, seed) -> assertThat(kept.get(id)).as("%s", id).isEqualTo(message(seed)));
    }
  }

  private void storeUntilKilled(String uri, int wanted) throws Exception {
    Process server = start(uri);
    try {
      URI messages = URI.create("http://localhost:" + port(server) + "/messages");
      List<Thread> peers = new ArrayList<>();
      for (int i = 0; i < PEERS; i++) {
        Thread peer = new Thread(() -> storeUntilItFails(messages), "peer");
        peer.start();
        peers.add(peer);
      }
      Eventually.until("so many are acknowledged", () -> acknowledged.size() >= wanted);
      server.toHandle().destroyForcibly(); // SIGKILL, with stores under way
      for (Thread peer : peers) {
        peer.join();
      }
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private void storeUntilItFails(URI messages) {
    HttpClient client = HttpClient.newHttpClient();
    try {
      while (true) {
        long seed = seeds.incrementAndGet();
        HttpResponse<Void> answer =
            client.send(
                HttpRequest.newBuilder(messages)
                    .POST(BodyPublishers.ofByteArray(message(seed)))
                    .build(),
                BodyHandlers.discarding());
        if (answer.statusCode() == 201) {
          String location = answer.headers().firstValue("Location").orElseThrow();
          acknowledged.put(SpoolId.parse(location.substring("/messages/".length())), seed);
        }
      }
    } catch (IOException e) {
      // killed
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] message(long seed) {
    return Messages.of(seed, (int) (seed * 7919 % 30_000));
  }

  private static Process start(String uri) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            HttpChild.class.getName(),
            uri)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static int port(Process server) throws IOException {
    BufferedReader output = server.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    if (line == null || !line.startsWith("READY ")) {
      throw new IOException("the server does not start: " + line);
    }
    return Integer.parseInt(line.substring("READY ".length()));
  }
}
