package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Somebody else has the database open, who knows nothing of spools: a tool, or the program that it
 * is to be adopted from. It is refused, and nothing in it changes.
 */
class HeldDatabaseTest {
  private static final SpoolId ID = SpoolId.random();
  private static final byte[] MESSAGE = new byte[1000];

  @TempDir private Path dir;

  /** Has a database open until its standard input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException, RocksDBException {
      NativeLibrary.load(null);
      try (Options options = new Options();
          RocksDB db = RocksDB.open(options, args[0])) {
        System.out.println("HELD " + db.getLatestSequenceNumber());
        while (System.in.read() >= 0) {
          // until the parent has closed the other end
        }
      }
    }
  }

  @Test
  void spoolWhoseDatabaseAnotherProcessHasOpen() throws Exception {
    storeInSpool();
    Path database = dir.resolve("db");
    Process holder = hold(database);
    try {
      Map<String, String> before = Databases.contents(database);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> RocksSpool.builder(dir).ballast(0).open())
            .isInstanceOfSatisfying(
                SpoolException.class, e -> assertThat(e.detail()).contains("lock"));
      }
      assertThat(Databases.contents(database)).isEqualTo(before);
    } finally {
      end(holder);
    }
    assertSpoolHolds();
  }

  @Test
  void spoolWhoseDatabaseThisProcessHasOpen() throws Exception {
    storeInSpool();
    Path database = dir.resolve("db");
    try (Options options = new Options();
        RocksDB db = RocksDB.open(options, database.toString())) {
      Map<String, String> before = Databases.contents(database);
      assertThatThrownBy(() -> RocksSpool.builder(dir).ballast(0).open())
          .isInstanceOfSatisfying(
              SpoolException.class, e -> assertThat(e.detail()).contains("lock"));
      assertThat(Databases.contents(database)).isEqualTo(before);
      assertThat(db.get(ID.toBytes())).isEqualTo(MESSAGE);
    }
    assertSpoolHolds();
  }

  @Test
  void databaseThatAnotherProcessHasOpenIsNotAdopted() throws Exception {
    Databases.make(dir, Map.of(ID.toString(), MESSAGE));
    Process holder = hold(dir);
    try {
      Map<String, String> before = Databases.contents(dir);
      assertThatThrownBy(() -> RocksSpool.builder(dir).ballast(0).adopt(true).open())
          .isInstanceOf(SpoolLockedException.class);
      assertThat(Databases.contents(dir)).isEqualTo(before);
    } finally {
      end(holder);
    }
    RocksSpool.builder(dir).ballast(0).adopt(true).open().close();
    assertSpoolHolds();
  }

  /** Whose lock no other lock of this process can collide with. */
  @Test
  void databaseThatThisProcessHasOpenIsNotAdopted() throws Exception {
    Databases.make(dir, Map.of(ID.toString(), MESSAGE));
    byte[] later = HexFormat.of().parseHex(SpoolId.random().toString());
    try (Options options = new Options();
        RocksDB db = RocksDB.open(options, dir.toString())) {
      Map<String, String> before = Databases.contents(dir);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> RocksSpool.builder(dir).ballast(0).adopt(true).open())
            .isInstanceOf(SpoolLockedException.class);
      }
      assertThat(Databases.contents(dir)).isEqualTo(before);
      db.put(later, MESSAGE);
    }
    RocksSpool.builder(dir).ballast(0).adopt(true).open().close();
    assertSpoolHolds();
  }

  private void storeInSpool() {
    try (RocksSpool spool = RocksSpool.builder(dir).ballast(0).open()) {
      Spooled.get(spool.store(ID, MESSAGE));
    }
  }

  private void assertSpoolHolds() {
    try (RocksSpool spool = RocksSpool.builder(dir).ballast(0).open()) {
      assertThat(Spooled.get(spool.load(ID))).isEqualTo(MESSAGE);
    }
  }

  private static Process hold(Path database) throws IOException {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                database.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader said = holder.inputReader(StandardCharsets.UTF_8);
    String line = said.readLine();
    while (line != null && !line.startsWith("HELD")) {
      line = said.readLine();
    }
    assertThat(line).as("what the other process said").isNotNull();
    return holder;
  }

  private static void end(Process holder) throws IOException, InterruptedException {
    holder.getOutputStream().close();
    assertThat(holder.waitFor()).isZero();
  }
}
