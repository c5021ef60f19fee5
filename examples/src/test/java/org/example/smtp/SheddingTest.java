package org.example.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.FaultySpool.Call;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What the receiver says on the wire while its spools shed load, are full, are slow, or fail: the
 * test that an embedder writes with {@link FaultySpool}.
 */
class SheddingTest {
  private static final byte[] MESSAGE = "Subject: hello\r\n\r\nworld\r\n".getBytes(UTF_8);
  private static final String UNHEALTHY = "451 4.3.0 the spool is not accepting writes";

  private final FaultySpool envelopes = new FaultySpool(MemorySpool.open());
  private final FaultySpool bodies = new FaultySpool(MemorySpool.open());
  private final MailStore store = new MailStore(envelopes, bodies);
  private final RecordingDelivery delivery = new RecordingDelivery();
  private SmtpReceiver receiver = SmtpReceiver.start(store, delivery, Receivers.settings());

  SheddingTest() {
    delivery.refuse(true);
  }

  @AfterEach
  void close() {
    receiver.close();
    store.close();
  }

  private SmtpClient client() throws IOException {
    SmtpClient client = new SmtpClient(receiver.address());
    if (client.greeting().startsWith("220")) {
      client.command("EHLO client.example.org");
    }
    return client;
  }

  private void assertNothingIsThere() {
    assertThat(Receivers.ids(envelopes)).isEmpty();
    assertThat(Receivers.ids(bodies)).isEmpty();
  }

  // docs: smtp-shedding begin
  @Test
  void shedsOnTheWireAndRecovers() throws IOException {
    try (SmtpClient client = client()) {
      assertThat(client.message(MESSAGE)).startsWith("250");

      bodies.shed();
      assertThat(client.message(MESSAGE)).isEqualTo(UNHEALTHY); // at MAIL
      try (SmtpClient another = client()) {
        assertThat(another.greeting()).startsWith("421 4.3.0"); // at once
        assertThat(another.isAtEnd()).isTrue();
      }

      bodies.heal();
      assertThat(client.message(MESSAGE)).startsWith("250");
    }
  }

  // docs: smtp-shedding end

  @Test
  void shedsAtDataAndAtTheEndOfAMessage() throws IOException {
    try (SmtpClient client = client()) {
      client.command("MAIL FROM:<a@example.org>");
      client.command("RCPT TO:<b@example.org>");
      envelopes.shed();
      assertThat(client.command("DATA")).isEqualTo(UNHEALTHY);
      envelopes.heal();

      assertThat(client.begin()).startsWith("354");
      envelopes.shed();
      assertThat(client.end(MESSAGE)).isEqualTo(UNHEALTHY);
      envelopes.heal();
      assertNothingIsThere();

      assertThat(client.message(MESSAGE)).startsWith("250");
    }
  }

  @Test
  void fullIs452() throws IOException {
    for (FaultySpool spool : new FaultySpool[] {bodies, envelopes}) {
      try (SmtpClient client = client()) {
        assertThat(client.begin()).startsWith("354");
        spool.full();
        assertThat(client.end(MESSAGE)).isEqualTo("452 4.3.1 the spool is not accepting writes");
        spool.heal();
        assertNothingIsThere();
      }
    }
  }

  @Test
  void deadlineIs451() throws IOException {
    receiver.close();
    receiver = SmtpReceiver.start(store, delivery, Receivers.storeTimeout(Duration.ofMillis(50)));
    for (FaultySpool spool : new FaultySpool[] {bodies, envelopes}) {
      try (SmtpClient client = client()) {
        spool.stall(Call.STORE);
        assertThat(client.message(MESSAGE)).isEqualTo("451 4.4.5 the spool is too busy");
        spool.heal();
        assertNothingIsThere();
      }
    }
  }

  @Test
  void tooLargeForTheSpoolIs552() throws IOException {
    receiver.close();
    store.close();
    try (Spool small = MemorySpool.builder("small").maxMessageSize(1000).open();
        MailStore limited = new MailStore(MemorySpool.open(), small)) {
      receiver = SmtpReceiver.start(limited, delivery, Receivers.settings());
      try (SmtpClient client = client()) {
        assertThat(client.message(("x".repeat(1000) + "\r\n").getBytes(UTF_8)))
            .isEqualTo("552 5.3.4 the message is too large");
      }
      receiver.close();
    }
  }

  @Test
  void failedStorageIs451AndTellsNothing() throws IOException {
    try (SmtpClient client = client()) {
      bodies.failNext(Call.STORE, failure(Outcome.NOT_APPLIED));
      assertThat(client.message(MESSAGE)).isEqualTo("451 4.3.0 the storage failed");
      assertNothingIsThere();
      assertThat(client.message(MESSAGE)).startsWith("250");
    }
  }

  @Test
  void bodyStaysWhenTheOutcomeOfItsEnvelopeIsUnknown() throws IOException {
    try (SmtpClient client = client()) {
      envelopes.failNext(Call.STORE, failure(Outcome.UNKNOWN));
      assertThat(client.message(MESSAGE)).startsWith("451");
      assertThat(Receivers.ids(envelopes)).isEmpty();
      assertThat(Receivers.ids(bodies)).hasSize(1);
    }
    SpoolId body = Receivers.ids(bodies).iterator().next();
    Receivers.laterThan(body);
    assertThat(store.collectOrphans()).as("bodies of this process").isZero();
    assertThat(new MailStore(envelopes, bodies).collectOrphans()).as("the next").isOne();
    assertNothingIsThere();
  }

  private static SpoolIOException failure(Outcome outcome) {
    return new SpoolIOException("storing", outcome, new IOException("since a test said so"));
  }
}
