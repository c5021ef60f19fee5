package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableProperties;

/**
 * RocksDB has the properties that are asked for, and counts as is believed: one that another
 * release has not would read as 0, and nobody would notice.
 */
class RocksPropertiesTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Pattern PROPERTY = Pattern.compile("\"(rocksdb\\.[a-z0-9-]+)\"");

  @TempDir private Path dir;
  private DbHandle handle;
  private DbLease lease;

  @BeforeEach
  void open() throws RocksDBException {
    handle = DbHandleTest.handle(dir);
    lease = Objects.requireNonNull(handle.tryLease());
  }

  @AfterEach
  void close() {
    lease.close();
    DatabaseOpening.discard(handle);
  }

  @Test
  void everyPropertyThatIsAskedForIsThere() throws IOException {
    Set<String> asked = asked();
    assertThat(asked).hasSizeGreaterThan(20);
    for (String property : asked) {
      assertThatCode(() -> lease.db().getProperty(property))
          .as(property)
          .doesNotThrowAnyException();
    }
  }

  private static Set<String> asked() throws IOException {
    Set<String> asked = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Matcher found = PROPERTY.matcher(Files.readString(file));
        while (found.find()) {
          asked.add(found.group(1));
        }
      }
    }
    return asked;
  }

  /** By these it is told when room is to be freed. */
  @Test
  void removalsAreCountedInMemoryAndInTablesUntilTheyAreCompacted() throws RocksDBException {
    Compactions compactions = new Compactions(Runnable::run);
    put(5);
    compactions.flush(lease);
    assertThat(inTables()).isZero();
    remove(3);
    assertThat(inMemory()).isEqualTo(3);
    assertThat(inTables()).isZero();
    compactions.flush(lease);
    assertThat(inMemory()).isZero();
    assertThat(inTables()).isEqualTo(3);
    assertThat(number("rocksdb.estimate-num-keys")).isEqualTo(2);
    compactions.compact(lease);
    assertThat(inTables()).isZero();
    assertThat(number("rocksdb.estimate-num-keys")).isEqualTo(2);
  }

  private void put(int count) throws RocksDBException {
    for (int i = 0; i < count; i++) {
      lease.db().put(key(i), new byte[100]);
    }
  }

  private void remove(int count) throws RocksDBException {
    for (int i = 0; i < count; i++) {
      lease.db().delete(key(i));
    }
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(16).putInt(number).array();
  }

  private long inMemory() {
    return number("rocksdb.num-deletes-active-mem-table")
        + number("rocksdb.num-deletes-imm-mem-tables");
  }

  private long number(String property) {
    return RocksProperties.number(lease.db(), property);
  }

  /** Returns what both of the ways say that there are. */
  private long inTables() throws RocksDBException {
    Map<String, String> all = lease.db().getMapProperty("rocksdb.aggregated-table-properties");
    assertThat(all).containsKey("num_deletions");
    long one = 0;
    for (TableProperties table : lease.db().getPropertiesOfAllTables().values()) {
      one += table.getNumDeletions();
    }
    assertThat(all).containsEntry("num_deletions", Long.toString(one));
    return one;
  }
}
