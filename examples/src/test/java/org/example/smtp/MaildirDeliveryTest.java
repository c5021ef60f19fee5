package org.example.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaildirDeliveryTest {
  @TempDir Path dir;

  @Test
  void messageThatIsDeliveredTwiceIsThereOnceAndWhole() throws IOException {
    byte[] body = "Subject: \u00fc\r\n\r\n\0\u00ff\r\n".getBytes(ISO_8859_1);
    Mail mail = new Mail(SpoolId.random(), CrashPointsTest.envelope("sender"), body);
    MaildirDelivery delivery = new MaildirDelivery(dir);
    delivery.deliver(mail);
    delivery.deliver(mail);
    new MaildirDelivery(dir).deliver(mail);

    try (Stream<Path> files = Files.list(dir.resolve("new"))) {
      assertThat(files).containsExactly(dir.resolve("new").resolve(mail.id().toString()));
    }
    assertThat(dir.resolve("tmp")).isEmptyDirectory();
    assertThat(Files.readString(dir.resolve("new").resolve(mail.id().toString()), ISO_8859_1))
        .isEqualTo(
            "Return-Path: <sender@example.org>\r\n"
                + "Received: from client.example.org ([127.0.0.1]) by spool-example id "
                + mail.id()
                + ";\r\n\tSat, 21 Nov 2026 08:00:00 +0000\r\n"
                + new String(body, ISO_8859_1));
  }
}
