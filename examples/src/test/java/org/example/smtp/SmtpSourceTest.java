package org.example.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.example.Eventually;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Postfix' smtp-source at 64 sessions, while the server is killed. */
class SmtpSourceTest {
  private static final int SESSIONS = 64;
  private static final int ROUNDS = 2;

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb"})
  void everyMessageThatWasAcknowledgedSurvivesSigkill(String backend, @TempDir Path dir)
      throws Exception {
    String smtpSource = Programs.find("smtp-source");
    String spool = backend + ":" + dir.resolve("spool") + "?minFreeSpace=0&minFreeInodes=0";
    Path maildir = dir.resolve("Maildir");
    Promise promise = new Promise(spool, maildir);
    Random random = Seeds.random();
    for (int round = 0; round < ROUNDS; round++) {
      try (ServerProcess server = ServerProcess.start(spool, maildir, dir.resolve("log"));
          RecordingProxy proxy = new RecordingProxy(server.address(), promise::acknowledged)) {
        Process client = start(smtpSource, proxy.port(), dir);
        try {
          int enough = promise.count() + 100 + random.nextInt(300);
          Eventually.until(
              enough + " acknowledged, of " + SESSIONS + " sessions",
              () -> promise.count() >= enough && proxy.sessions() >= SESSIONS);
          server.kill();
          assertThat(client.waitFor(120, TimeUnit.SECONDS)).as("the client gives up").isTrue();
        } finally {
          client.destroyForcibly();
        }
      }
      promise.check();
    }
    promise.checkDelivered();
  }

  private static Process start(String smtpSource, int port, Path dir) throws Exception {
    return new ProcessBuilder(
            smtpSource,
            "-d",
            "-s",
            "" + SESSIONS,
            "-m",
            "1000000",
            "-l",
            "4000",
            "-M",
            "client.example.org",
            "-f",
            "sender@example.org",
            "-t",
            "recipient@example.org",
            "127.0.0.1:" + port)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("smtp-source").toFile()))
        .start();
  }
}
