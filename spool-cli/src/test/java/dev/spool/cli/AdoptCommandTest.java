package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** {@code spool adopt}, of a database as KumoMTA makes it. */
final class AdoptCommandTest {
  @TempDir Path temporary;

  private Path database;
  private final Map<String, String> messages = new HashMap<>();

  @BeforeEach
  void someMessages() throws IOException {
    database = Files.createDirectory(temporary.resolve("database"));
    SpoolId first = SpoolId.parse("c232ab00941411ecb3c89f6bdeced846");
    for (int i = 0; i < 2000; i++) {
      messages.put(SpoolId.withTimestampOf(first).toString(), "message " + i + " ".repeat(i));
    }
  }

  /**
   * Writes as KumoMTA does, with the defaults of its {@code RocksSpoolParams} ({@code
   * crates/spool/src/rocks.rs}): Snappy, ten log files, a batch a message, the 16 bytes of the id
   * as the key.
   */
  private void makeDatabase(String... moreKeys) throws RocksDBException {
    RocksDB.loadLibrary();
    try (Options options =
            new Options()
                .setCreateIfMissing(true)
                .setUseFsync(false)
                .setKeepLogFileNum(10)
                .setParanoidChecks(false)
                .setLevelCompactionDynamicLevelBytes(false)
                .setCompressionType(CompressionType.SNAPPY_COMPRESSION)
                .setLogFileTimeToRoll(86_400)
                .setDeleteObsoleteFilesPeriodMicros(21_600_000_000L)
                .setWriteBufferSize(256 << 10);
        WriteOptions writing = new WriteOptions().setNoSlowdown(false);
        RocksDB db = RocksDB.open(options, database.toString())) {
      for (Map.Entry<String, String> message : messages.entrySet()) {
        try (WriteBatch batch = new WriteBatch()) {
          batch.put(
              HexFormat.of().parseHex(message.getKey()),
              message.getValue().getBytes(StandardCharsets.UTF_8));
          db.write(writing, batch);
        }
      }
      for (String key : moreKeys) {
        db.put(HexFormat.of().parseHex(key), new byte[1]);
      }
    }
  }

  private String uri() {
    return "rocksdb:" + database + "?minFreeSpace=0&minFreeInodes=0&ballast=0";
  }

  @Test
  void makesASpoolOfAPlainDatabaseAndCountsWhatIsInIt() throws Exception {
    makeDatabase();

    Cli adopted = Cli.run("adopt", uri());

    assertThat(adopted.status()).as("%s", adopted).isZero();
    assertThat(adopted.out())
        .startsWith(database + " is a spool now: 2,000 messages read (")
        .endsWith("), 0 damaged\n");
    for (String id : messages.keySet().stream().limit(20).toList()) {
      assertThat(Cli.run("cat", database, id).out()).isEqualTo(messages.get(id));
    }
    assertThat(Cli.run("ls", database).out().lines()).hasSize(2000);
    assertThat(Cli.run("adopt", uri()).out()).contains("is a spool already: 2,000 messages");
  }

  @Test
  void refusesADatabaseOfSomethingElseAndLeavesItAsItIs() throws Exception {
    makeDatabase("0102030405");

    Cli refused = Cli.run("adopt", uri());

    assertThat(refused.status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(refused.err()).contains("0102030405").contains("cannot be adopted");
    assertThat(database.resolve("CURRENT")).exists();
    assertThat(database.resolve("SPOOL")).doesNotExist();
  }

  @Test
  void refusesADamagedDatabase() throws Exception {
    makeDatabase();
    Path table;
    try (var files = Files.list(database)) {
      table = files.filter(file -> file.toString().endsWith(".sst")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 3] ^= 1;
    Files.write(table, bytes);

    Cli refused = Cli.run("adopt", uri());

    assertThat(refused.status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(refused.err()).contains("cannot adopt");
    assertThat(database.resolve("SPOOL")).doesNotExist();
  }

  @Test
  void onlyADatabaseThatIsThereCanBeAdopted() {
    assertThat(Cli.run("adopt", "file:" + database).status()).isEqualTo(ExitStatus.USAGE);
    assertThat(Cli.run("adopt", "memory:x").status()).isEqualTo(ExitStatus.USAGE);
    assertThat(Cli.run("adopt", uri()).status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(database.resolve("SPOOL")).doesNotExist();
    assertThat(Cli.run("adopt", "rocksdb:" + temporary.resolve("nowhere")).status())
        .isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(temporary.resolve("nowhere")).doesNotExist();
    assertThat(database).isEmptyDirectory();
  }
}
