package org.example.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.FaultySpool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The receiver as swaks sees it; a proxy in between knows what swaks has really sent. */
class SwaksTest {
  private final FaultySpool envelopes = new FaultySpool(MemorySpool.open());
  private final FaultySpool bodies = new FaultySpool(MemorySpool.open());
  private final MailStore store = new MailStore(envelopes, bodies);
  private final Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
  private SmtpReceiver receiver;
  private RecordingProxy proxy;
  private String swaks;

  @TempDir Path dir;

  private record Result(int exitCode, String transcript) {}

  @BeforeEach
  void start() throws IOException {
    swaks = Programs.find("swaks");
    RecordingDelivery delivery = new RecordingDelivery();
    delivery.refuse(true);
    receiver = SmtpReceiver.start(store, delivery, Receivers.settings());
    proxy = new RecordingProxy(receiver.address(), acknowledged::put);
  }

  @AfterEach
  void stop() throws IOException {
    if (receiver != null) { // else swaks is missing
      proxy.close();
      receiver.close();
    }
    store.close();
  }

  private Result swaks(String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(swaks, "--server", "127.0.0.1", "--port", "" + proxy.port(), "--ehlo"));
    command.addAll(
        List.of("client.example.org", "--from", "a@example.org", "--to", "b@example.org"));
    command.addAll(List.of(options));
    Path transcript = dir.resolve("transcript");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(transcript.toFile())
            .start();
    process.getOutputStream().close();
    return new Result(process.waitFor(), Files.readString(transcript, ISO_8859_1));
  }

  /** Checks that one message was acknowledged, and is in the spool as swaks has sent it. */
  private byte[] assertStored(Result result) {
    assertThat(result.exitCode()).as(result.transcript()).isZero();
    assertThat(acknowledged).hasSize(1);
    String id = acknowledged.keySet().iterator().next();
    assertThat(result.transcript()).contains("250 2.0.0 queued as " + id);
    Mail mail = store.load(SpoolId.parse(id));
    assertThat(mail.body()).isEqualTo(acknowledged.get(id));
    assertThat(mail.envelope().sender()).isEqualTo("a@example.org");
    assertThat(mail.envelope().recipients()).containsExactly("b@example.org");
    return mail.body();
  }

  @Test
  void oneMessage() throws Exception {
    byte[] body = assertStored(swaks("--body", "hello"));
    assertThat(new String(body, UTF_8)).startsWith("Date: ").contains("\r\n\r\nhello\r\n");
  }

  @Test
  void fileWithDotsAndUtf8IsKeptByteForByte() throws Exception {
    List<String> lines =
        List.of(
            "Subject: gr\u00fc\u00dfe \u2709",
            "",
            ".",
            "..",
            ".dot",
            "...three",
            "\u00e4\u00f6\u00fc \ud83d\udce8",
            "trailing space ",
            ".",
            "..",
            "",
            "end",
            "");
    String text = String.join("\n", lines);
    Path file = Files.writeString(dir.resolve("mail"), text);
    byte[] body = assertStored(swaks("--data", "@" + file));
    // swaks ends lines as SMTP has them, and its message with an empty one.
    assertThat(new String(body, UTF_8)).isEqualTo(text.replace("\n", "\r\n") + "\r\n");
  }

  @Test
  void attachment() throws Exception {
    byte[] attached = new byte[50_000];
    new Random(3).nextBytes(attached);
    Path file = Files.write(dir.resolve("attached"), attached);
    String body = new String(assertStored(swaks("-n", "--attach", "@" + file)), UTF_8);
    assertThat(body.replace("\r\n", "")).contains(Base64.getEncoder().encodeToString(attached));
  }

  @Test
  void messageBeyondSizeIsRefused() throws Exception {
    Path file = Files.write(dir.resolve("large"), new byte[100_000]);
    Result result = swaks("-n", "--attach", "@" + file);
    assertThat(result.transcript())
        .contains("SIZE 100000")
        .contains("<** 552 5.3.4 the message is too large");
    assertThat(result.exitCode()).isNotZero();
    assertThat(acknowledged).isEmpty();
    assertThat(Receivers.ids(bodies)).isEmpty();
  }

  @Test
  void shedsAndRecovers() throws Exception {
    envelopes.shed();
    Result shed = swaks("--body", "hello");
    assertThat(shed.transcript()).contains("421 4.3.0 the spool is not accepting writes");
    assertThat(shed.exitCode()).isNotZero();
    envelopes.heal();
    assertStored(swaks("--body", "hello"));
  }
}
