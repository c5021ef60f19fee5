package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code stat}: the table, health, and the room on the disk. */
final class StatCommandTest {
  @TempDir Path temporary;

  private String uri(String scheme) {
    return Cli.uri(scheme, temporary.resolve("spool"));
  }

  private void put(String scheme) {
    Instant now = Instant.now();
    try (Spool spool = Spools.open(uri(scheme))) {
      spool.store(SpoolId.at(now.minus(Duration.ofMinutes(15))), new byte[2000]).join();
      spool.store(SpoolId.at(now.minus(Duration.ofDays(400))), new byte[10]).join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void showsAgesAndSizesAndHealthAndRoom(String scheme) {
    put(scheme);

    Cli stat = Cli.run("stat", uri(scheme));

    assertThat(stat.status()).as("%s", stat).isZero();
    assertThat(stat.out())
        .containsPattern("\nserver +not open by any server ")
        .containsPattern("\nthis look +met no errors\n")
        .containsPattern("\ndamaged +0 \\(messages are not read")
        .doesNotContain("health", "in.flight", "latches", "since")
        .containsPattern("\ndisk +.* free of .*; stores need 0 B \\(minFreeSpace\\)\n")
        .containsPattern("\ninodes +")
        .doesNotContain("no room")
        .containsPattern(" +T +5m +10m +20m +40m +80m +160m +320m +640m +1280m +1280m\\+\n")
        .containsPattern("\n +TOTAL +2 +0 +0 +1 +0 +0 +0 +0 +0 +0 +1\n")
        .containsPattern("\n +≤ 1 KiB +1 +0 +0 +0 +0 +0 +0 +0 +0 +0 +1\n")
        .containsPattern("\n +≤ 4 KiB +1 +0 +0 +1 +0 +0 +0 +0 +0 +0 +0\n");
  }

  /** A spool that is only read does not watch its disk, and would call itself healthy. */
  @Test
  void saysThatStoresAreRefusedForWantOfRoom() {
    put("file");
    String wanting = "file:" + temporary.resolve("spool") + "?minFreeInodes=0&minFreeSpace=900T";

    assertThat(Cli.run("stat", wanting).out())
        .containsPattern("\nno room +stores are refused: .*minFreeSpace=900 TiB");
    assertThat(Cli.run("stat", "--json", wanting).out()).contains("\"low\":true");
  }

  /** The server sheds, and this look meets no error. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void saysNothingOfTheHealthOfAServer(String scheme) {
    put(scheme);
    String full = scheme + ":" + temporary.resolve("spool") + "?minFreeSpace=100%25";
    try (Spool server = Spools.open(full)) {
      assertThat(server.unhealthyReason()).isNotNull();

      assertThat(Cli.run("stat", uri(scheme)).out())
          .containsPattern("\nserver +.*pid " + ProcessHandle.current().pid() + " on host ")
          .containsPattern("\nhealth +not known here: .* JMX\n")
          .doesNotContain("healthy");
      assertThat(Cli.run("stat", "--json", uri(scheme)).out())
          .contains("\"server\":\"")
          .doesNotContain("healthy", "\"health\"");
    }
  }

  /** A percent sign is written {@code %25} in a URI. */
  @Test
  void takesAShareOfTheDisk() {
    put("file");
    String wanting = "file:" + temporary.resolve("spool") + "?minFreeInodes=0&minFreeSpace=100%25";

    assertThat(Cli.run("stat", wanting).out()).contains("\nno room ", "stores are refused: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void tellsTheSameAsJson(String scheme) throws IOException {
    put(scheme);

    Map<String, Object> stat = JSON.std.mapFrom(Cli.run("stat", "--json", uri(scheme)).out());

    assertThat(stat)
        .containsEntry("messages", 2)
        .containsEntry("bytes", 2010)
        .containsEntry("damaged", 0)
        .containsKeys("spool", "backend", "oldest", "thisLookOnly", "figures")
        .doesNotContainKeys("health", "server");
    Map<?, ?> disk = (Map<?, ?>) stat.get("disk");
    assertThat(disk.get("minFreeBytes")).isEqualTo(0);
    assertThat(disk.get("low")).isEqualTo(false);
    Map<?, ?> shape = (Map<?, ?>) stat.get("shape");
    assertThat((List<?>) shape.get("rows")).hasSize(9);
    assertThat(((List<?>) shape.get("rows")).get(1))
        .isEqualTo(Map.of("maxBytes", 4096, "messages", List.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 0)));
  }
}
