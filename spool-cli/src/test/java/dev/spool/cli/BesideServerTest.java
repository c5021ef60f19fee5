package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.cli.demo.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that read, beside a process that stores and removes as fast as it can. */
final class BesideServerTest {
  private static final byte[] MESSAGE = "stays".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temporary;

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void readWhileAServerStores(String scheme) throws Exception {
    Path spool = temporary.resolve("spool");
    String uri = Cli.uri(scheme, spool);
    String id = Cli.runWithInput(MESSAGE, "put", uri).out().strip();

    try (TestServer server = TestServer.start(uri, temporary)) {
      for (int round = 0; round < 3; round++) {
        server.awaitStores(300);

        assertThat(Cli.run("cat", spool, id).bytes()).isEqualTo(MESSAGE);
        succeeds(Cli.run("ls", spool)).contains(id);
        succeeds(Cli.run("stat", spool)).containsPattern("damaged +0 ");
        succeeds(Cli.run("verify", spool)).contains(", 0 damaged");
        Path target = temporary.resolve("export" + round);
        succeeds(Cli.run("export", spool, target)).contains(" exported");
        assertThat(target.resolve(id + ".eml")).hasBinaryContent(MESSAGE);
      }
      assertThat(Cli.run("put", spool).status()).isEqualTo(ExitStatus.CANNOT_OPEN);
      server.awaitStores(100);
    }
  }

  private static AbstractStringAssert<?> succeeds(Cli cli) {
    assertThat(cli.status()).as("%s", cli.err()).isZero();
    return assertThat(cli.out());
  }
}
