package org.example.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.example.Eventually;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process of its own, which is killed while clients send and mail is delivered. */
@Tag("same-on-any-jdk")
class KilledServerTest {
  private static final int CLIENTS = 16;
  private static final int ROUNDS = 2;

  @TempDir Path dir;

  private String spool() {
    return "file:" + dir.resolve("spool") + "?minFreeSpace=0&minFreeInodes=0";
  }

  /**
   * The second round kills a server that has recovered. {@link SmtpSourceTest} has both backends.
   */
  @Test
  void everyMessageThatWasAcknowledgedSurvivesSigkill() throws Exception {
    Path maildir = dir.resolve("Maildir");
    Promise promise = new Promise(spool(), maildir);
    Random random = Seeds.random();
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        try (ServerProcess server = ServerProcess.start(spool(), maildir, dir.resolve("log"))) {
          List<CompletableFuture<Void>> clients = new ArrayList<>();
          for (int i = 0; i < CLIENTS; i++) {
            long seed = random.nextLong();
            clients.add(
                CompletableFuture.runAsync(() -> sendUntilKilled(server, promise, seed), threads));
          }
          int enough = promise.count() + 50 + random.nextInt(100);
          Eventually.until(enough + " acknowledged", () -> promise.count() >= enough);
          server.kill();
          CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).join();
        }
        promise.check();
      }
    } finally {
      threads.shutdownNow();
    }
    promise.checkDelivered();
  }

  private static void sendUntilKilled(ServerProcess server, Promise promise, long seed) {
    Random random = new Random(seed);
    try (SmtpClient client = new SmtpClient(server.address())) {
      client.command("EHLO client.example.org");
      while (true) {
        byte[] body = new byte[random.nextInt(20_000) + 2];
        random.nextBytes(body);
        body[body.length - 2] = '\r';
        body[body.length - 1] = '\n';
        String reply = client.message(body);
        assertThat(reply).startsWith("250 ");
        promise.acknowledged(SmtpClient.idIn(reply), body);
      }
    } catch (IOException e) {
      // The server is dead: a message that was under way was not acknowledged.
    }
  }

  @Test
  void sigtermEndsItInGoodOrderAndNothingIsLost() throws Exception {
    Promise promise = new Promise(spool(), dir.resolve("Maildir"));
    Path log = dir.resolve("log");
    try (ServerProcess server = ServerProcess.start(spool(), dir.resolve("Maildir"), log)) {
      try (SmtpClient client = new SmtpClient(server.address())) {
        client.command("EHLO client.example.org");
        for (int i = 0; i < 20; i++) {
          byte[] body = ("message " + i + "\r\n").getBytes(UTF_8);
          promise.acknowledged(SmtpClient.idIn(client.message(body)), body);
        }
      }
      assertThat(server.terminate()).isEqualTo(128 + 15);
    }
    assertThat(Files.readString(log, ISO_8859_1)).as("warnings").isEmpty();
    promise.check();
    promise.checkDelivered();
  }
}
