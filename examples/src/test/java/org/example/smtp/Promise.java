package org.example.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.example.Eventually;

/**
 * What was acknowledged, and where it must be: in the spool, or delivered; whole, and unaltered.
 */
final class Promise {
  private final String spool;
  private final Path maildir;
  private final Map<SpoolId, byte[]> acknowledged = new ConcurrentHashMap<>();

  Promise(String spool, Path maildir) {
    this.spool = spool;
    this.maildir = maildir;
  }

  /** A client was told that its message was accepted under that id. */
  void acknowledged(String id, byte[] body) {
    assertThat(acknowledged.put(SpoolId.parse(id), body)).as("an id is given once").isNull();
  }

  int count() {
    return acknowledged.size();
  }

  /** Checks every message after the server's death, before anything is started again. */
  void check() throws IOException {
    int waiting = 0;
    try (MailStore store = MailStore.open(spool)) {
      for (var entry : acknowledged.entrySet()) {
        try {
          assertSame(store.load(entry.getKey()).body(), entry.getValue(), entry.getKey());
          waiting++;
        } catch (MessageNotFoundException e) {
          assertDelivered(entry.getKey(), entry.getValue());
        }
      }
    }
    System.out.printf(
        "%,d acknowledged: %,d in the spool, the others delivered%n", acknowledged.size(), waiting);
  }

  /** Starts once more, and checks that everything is delivered and that nothing is left. */
  void checkDelivered() throws Exception {
    int query = spool.indexOf('?');
    try (Spool envelopes = Spools.open(part(query, "envelopes"));
        Spool bodies = Spools.open(part(query, "bodies"));
        SmtpReceiver receiver =
            SmtpReceiver.start(
                new MailStore(envelopes, bodies),
                new MaildirDelivery(maildir),
                Receivers.deliveries(16))) {
      assertThat(receiver.refusal()).isNull();
      Eventually.until("delivered", () -> Receivers.ids(envelopes).isEmpty());
      Eventually.until("no orphans", () -> Receivers.ids(bodies).isEmpty());
    }
    for (var entry : acknowledged.entrySet()) {
      assertDelivered(entry.getKey(), entry.getValue());
    }
  }

  private String part(int query, String name) {
    return spool.substring(0, query) + "/" + name + spool.substring(query);
  }

  private void assertDelivered(SpoolId id, byte[] body) throws IOException {
    Path file = maildir.resolve("new").resolve(id.toString());
    assertThat(file).as("an acknowledged message").exists();
    byte[] delivered = Files.readAllBytes(file);
    assertThat(delivered.length).isGreaterThan(body.length);
    assertSame(
        Arrays.copyOfRange(delivered, delivered.length - body.length, delivered.length), body, id);
  }

  private static void assertSame(byte[] actual, byte[] expected, SpoolId id) {
    assertThat(Arrays.mismatch(actual, expected)).as("first difference in " + id).isEqualTo(-1);
  }
}
