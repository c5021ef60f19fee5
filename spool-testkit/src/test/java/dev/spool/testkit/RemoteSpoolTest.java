package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RemoteSpoolTest {

  @Test
  void processThatIsToldToEndDoes(@TempDir Path dir) throws IOException {
    RemoteSpool spool = new RemoteSpool(dir.resolve("log"));
    assertThat(spool.awaitEnd(Duration.ofSeconds(Check.LIMIT_SECONDS))).isZero();
  }

  /** A stopped process never ends by itself. */
  @Test
  @Timeout(Check.LIMIT_SECONDS)
  void processThatDoesNotEndIsKilled(@TempDir Path dir) throws IOException {
    RemoteSpool spool = new RemoteSpool(dir.resolve("log"));
    ProcessHandle process = ProcessHandle.of(spool.pid()).orElseThrow();
    Command.run("kill", "-STOP", String.valueOf(process.pid()));

    assertThatThrownBy(() -> spool.awaitEnd(Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has not ended");
    assertThat(process.onExit().join().isAlive()).isFalse();
  }
}
