package org.example.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.example.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees on the wire, and what is in the spools then. */
class SmtpReceiverTest {
  private final Spool envelopes = MemorySpool.open();
  private final Spool bodies = MemorySpool.open();
  private final MailStore store = new MailStore(envelopes, bodies);
  private final RecordingDelivery delivery = new RecordingDelivery();
  private SmtpReceiver receiver;

  @BeforeEach
  void keepWhatIsAccepted() {
    delivery.refuse(true);
  }

  @AfterEach
  void close() {
    receiver.close();
    store.close();
  }

  private SmtpClient client() throws IOException {
    return client(Receivers.settings());
  }

  private SmtpClient client(Settings settings) throws IOException {
    receiver = SmtpReceiver.start(store, delivery, settings);
    return again();
  }

  private SmtpClient again() throws IOException {
    SmtpClient client = new SmtpClient(receiver.address());
    assertThat(client.greeting()).startsWith("220 ");
    assertThat(client.command("EHLO client.example.org")).startsWith("250");
    return client;
  }

  private byte[] stored(String reply) {
    return store.load(SpoolId.parse(SmtpClient.idIn(reply))).body();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r\n",
        "Subject: plain\r\n\r\ntext\r\n",
        ".\r\n",
        "..\r\n",
        ".first line\r\n",
        "..first line\r\n",
        "\r\n.\r\n..\r\n...\r\n.x\r\n",
        "bare\nline\n.\nfeeds\r\n",
        "bare\rreturns\r.\r\r\n",
        "\r\n\n.\r\n",
        "nul \0, delete \u007f, tab \t\r\n",
        "8 bits: \u00e4\u00f6\u00fc\u00ff\u0080\r\n"
      })
  void whatIsStoredIsWhatWasSent(String text) throws IOException {
    byte[] body = text.getBytes(ISO_8859_1);
    try (SmtpClient client = client()) {
      String reply = client.message(body);
      assertThat(reply).startsWith("250 2.0.0 queued as ");
      assertThat(stored(reply)).isEqualTo(body);
    }
  }

  @Test
  void everyByteValueIsKept() throws IOException {
    byte[] body = new byte[90_000];
    new Random(7).nextBytes(body);
    body[body.length - 2] = '\r';
    body[body.length - 1] = '\n';
    try (SmtpClient client = client()) {
      assertThat(stored(client.message(body))).isEqualTo(body);
    }
  }

  @Test
  void envelopeIsKept() throws IOException {
    try (SmtpClient client = client()) {
      client.command("MAIL FROM:<> SIZE=100 BODY=8BITMIME");
      client.command("RCPT TO:<one@example.org>");
      client.command("RCPT TO:<zw\u00f6lf@example.org>");
      client.command("DATA");
      String reply = client.end("text\r\n".getBytes(UTF_8));
      Envelope envelope = store.load(SpoolId.parse(SmtpClient.idIn(reply))).envelope();
      assertThat(envelope.sender()).isEmpty();
      assertThat(envelope.recipients())
          .containsExactly("one@example.org", "zw\u00f6lf@example.org");
      assertThat(envelope.helo()).isEqualTo("client.example.org");
      assertThat(envelope.peer()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void acceptedIsDeliveredOnceAndRemoved() throws Exception {
    delivery.refuse(false);
    try (SmtpClient client = client()) {
      Map<String, byte[]> sent = new HashMap<>();
      for (int i = 0; i < 20; i++) {
        byte[] body = ("message " + i + "\r\n").getBytes(UTF_8);
        sent.put(SmtpClient.idIn(client.message(body)), body);
      }
      delivery.await(20);
      Map<SpoolId, Mail> delivered = delivery.byId();
      assertThat(delivered).hasSize(20);
      sent.forEach(
          (id, body) -> assertThat(delivered.get(SpoolId.parse(id)).body()).isEqualTo(body));
      Eventually.until("removed", () -> Receivers.ids(bodies).isEmpty());
      assertThat(Receivers.ids(envelopes)).isEmpty();
    }
  }

  @Test
  void whatCouldNotBeDeliveredIsDeliveredLater() throws Exception {
    try (SmtpClient client = client(Receivers.redelivery(Duration.ofMillis(10)))) {
      String reply = client.message("text\r\n".getBytes(UTF_8));
      delivery.awaitRefusals(3);
      delivery.refuse(false);
      assertThat(delivery.await(1).get(0).id()).isEqualTo(SpoolId.parse(SmtpClient.idIn(reply)));
      Eventually.until("removed", () -> Receivers.ids(bodies).isEmpty());
      assertThat(delivery.byId()).hasSize(1);
    }
  }

  @Test
  void whatWasThereBeforeTheStartIsDelivered() throws Exception {
    SpoolId id =
        store.accept(
            CrashPointsTest.envelope("before"),
            "text\r\n".getBytes(UTF_8),
            Deadline.after(Duration.ofMinutes(1)));
    delivery.refuse(false);
    client().close();
    assertThat(delivery.await(1).get(0).id()).isEqualTo(id);
  }

  // Limits

  @Test
  void sizeIsOfferedAndRefusedAtMail() throws IOException {
    try (SmtpClient client = client()) {
      assertThat(client.command("EHLO x")).contains("SIZE 100000").doesNotContain("CHUNKING");
      for (String size :
          List.of("100001", "4294967296", "99999999999999999999999", "0100001 BODY=8BITMIME")) {
        assertThat(client.command("MAIL FROM:<a@example.org> SIZE=" + size))
            .isEqualTo("552 5.3.4 the message is too large");
      }
      assertThat(client.command("MAIL FROM:<a@example.org> BODY=8BITMIME SIZE=100000"))
          .startsWith("250");
    }
  }

  @Test
  void sizeIsEnforcedWhileReadingAndTheSessionGoesOn() throws IOException {
    byte[] whole = new byte[100_000];
    Arrays.fill(whole, (byte) 'x');
    try (SmtpClient client = client()) {
      client.begin();
      String refused = client.end((new String(whole, ISO_8859_1) + "x\r\n").getBytes(ISO_8859_1));
      assertThat(refused).isEqualTo("552 5.3.4 the message is too large");
      assertThat(Receivers.ids(bodies)).isEmpty();

      whole[99_998] = '\r';
      whole[99_999] = '\n';
      assertThat(client.message(whole)).startsWith("250"); // MAIL, without RSET
    }
  }

  @Test
  void restOfARefusedMessageIsNotTakenForCommands() throws IOException {
    String smuggled = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n";
    try (SmtpClient client = client()) {
      assertThat(client.message(("x".repeat(100_010) + "\r\n" + smuggled).getBytes(ISO_8859_1)))
          .startsWith("552");
      assertThat(client.command("NOOP")).startsWith("250");
      assertThat(Receivers.ids(envelopes)).isEmpty();
    }
  }

  @Test
  void onlyADotBetweenTwoCrLfEndsAMessage() throws IOException {
    String body = "one\n.\ntwo\r.\rthree\r\n.\nfour\n.\r\nMAIL FROM:<evil@example.org>\r\n";
    try (SmtpClient client = client()) {
      client.begin();
      client.send(body.getBytes(ISO_8859_1));
      String reply = client.end(new byte[0]);
      assertThat(new String(stored(reply), ISO_8859_1))
          .isEqualTo(body.replace("\r\n.\nfour", "\r\n\nfour")); // that dot was not stuffed
      assertThat(Receivers.ids(envelopes)).hasSize(1);
    }
  }

  @Test
  void messageThatBreaksOffIsNotStored() throws Exception {
    try (SmtpClient client = client()) {
      client.begin();
      client.send("half a message\r\nthat never en".getBytes(UTF_8));
    }
    try (SmtpClient client = again()) {
      assertThat(client.message("whole\r\n".getBytes(UTF_8))).startsWith("250");
    }
    receiver.close(); // after both sessions have ended
    assertThat(Receivers.ids(bodies)).hasSize(1);
  }

  @Test
  void bdatIsNotTaken() throws IOException {
    try (SmtpClient client = client()) {
      client.command("MAIL FROM:<a@example.org>");
      client.command("RCPT TO:<b@example.org>");
      assertThat(client.command("BDAT 100 LAST")).startsWith("502 5.5.1");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void recipientWithoutAddressIsRefused() throws IOException {
    try (SmtpClient client = client()) {
      client.command("MAIL FROM:<a@example.org>");
      assertThat(client.command("RCPT TO:<>")).startsWith("501 5.1.3");
      assertThat(client.command("DATA")).startsWith("503");
    }
  }

  @Test
  void memoryOfAllSessionsIsBounded() throws IOException {
    List<SmtpClient> clients = new ArrayList<>();
    byte[] most = "x".repeat(60_000).getBytes(ISO_8859_1);
    // Room for one message of that size, and no second.
    clients.add(client(Receivers.limits(60_100, 130_000)));
    try {
      clients.get(0).begin();
      clients.get(0).send(most);
      Eventually.until("read", () -> receiver.budget().availablePermits() < 70_000);
      clients.add(again());
      clients.get(1).begin();
      clients.get(1).send(most);
      assertThat(clients.get(1).end("\r\n".getBytes(UTF_8)))
          .isEqualTo("451 4.3.2 too many messages at once, try again later");
      assertThat(clients.get(0).end("\r\n".getBytes(UTF_8))).startsWith("250");
      assertThat(clients.get(1).message(most("\r\n"))).startsWith("250");
      Eventually.until("given back", () -> receiver.budget().availablePermits() == 130_000);
    } finally {
      for (SmtpClient client : clients) {
        client.close();
      }
    }
  }

  private static byte[] most(String end) {
    return ("x".repeat(30_000) + end).getBytes(ISO_8859_1);
  }

  @Test
  void hundredSessionsAtOnce() throws Exception {
    client().close();
    Map<String, byte[]> sent = new ConcurrentHashMap<>();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<Void>> sessions = new ArrayList<>();
      for (int session = 0; session < 99; session++) {
        int number = session;
        sessions.add(CompletableFuture.runAsync(() -> send(number, sent), threads));
      }
      CompletableFuture.allOf(sessions.toArray(CompletableFuture[]::new)).join();
    } finally {
      threads.shutdown();
    }
    assertThat(sent).hasSize(99 * 5);
    sent.forEach((id, body) -> assertThat(store.load(SpoolId.parse(id)).body()).isEqualTo(body));
  }

  @Test
  void sweepsBesideArrivalsDeliverNothingTwice() throws Exception {
    delivery.refuse(false);
    client(Receivers.redelivery(Duration.ofMillis(1))).close();
    Map<String, byte[]> sent = new ConcurrentHashMap<>();
    List<CompletableFuture<Void>> sessions = new ArrayList<>();
    for (int session = 0; session < 10; session++) {
      int number = session;
      sessions.add(CompletableFuture.runAsync(() -> send(number, sent)));
    }
    CompletableFuture.allOf(sessions.toArray(CompletableFuture[]::new)).join();
    delivery.await(sent.size());
    Eventually.until("removed", () -> Receivers.ids(bodies).isEmpty());
    assertThat(delivery.byId()).hasSize(sent.size());
  }

  private void send(int session, Map<String, byte[]> sent) {
    try (SmtpClient client = again()) {
      for (int i = 0; i < 5; i++) {
        byte[] body = ("session " + session + ", message " + i + "\r\n").getBytes(UTF_8);
        String reply = client.message(body);
        assertThat(reply).startsWith("250");
        sent.put(SmtpClient.idIn(reply), body);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Closing

  @Test
  void messageThatIsBeingSentIsFinishedWhenTheReceiverCloses() throws Exception {
    try (SmtpClient client = client();
        SmtpClient idle = again()) {
      assertThat(client.begin()).startsWith("354");
      CompletableFuture<Void> closing = CompletableFuture.runAsync(receiver::close);
      Eventually.until("refuses", () -> receiver.refusal() != null);
      assertThat(idle.command("MAIL FROM:<a@example.org>")).startsWith("421 4.3.2");
      assertThat(idle.isAtEnd()).isTrue();
      String reply = client.end("text\r\n".getBytes(UTF_8));
      assertThat(reply).startsWith("250");
      closing.join();
      assertThat(stored(reply)).isEqualTo("text\r\n".getBytes(UTF_8));
    }
  }
}
