package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spool as seen over a remote JMX connection, from a JVM that has none of its classes. */
class LiveAdministrationTest {
  private static final String BEAN = "dev.spool:type=Spool,name=administered";

  @TempDir private Path dir;
  private JMXConnectorServer connector;
  private final List<SpoolId> stored = new ArrayList<>();
  private RocksSpool spool;

  @BeforeEach
  void listenOnLoopback() throws IOException {
    System.setProperty("java.rmi.server.hostname", "127.0.0.1");
    connector =
        JMXConnectorServerFactory.newJMXConnectorServer(
            new JMXServiceURL("service:jmx:rmi://"),
            Map.of(),
            ManagementFactory.getPlatformMBeanServer());
    connector.start();
    open();
  }

  private void open() {
    spool =
        RocksSpool.builder(dir.resolve("spool"))
            .settings(
                Map.of(
                    "jmx", "true",
                    "name", "administered",
                    "ballast", "0",
                    "minFreeSpace", "0",
                    "minFreeInodes", "0"))
            .open();
  }

  @AfterEach
  void end() throws IOException {
    spool.close();
    connector.stop();
  }

  @Test
  void compactWithAMissingTableFailsAndSaysWhy() throws Exception {
    store(20);
    assertThat(client("compact")).startsWith("[bytesAfter, bytesBefore, elapsedMillis,");
    String missing = deleteATable();
    assertThat(client("compact"))
        .startsWith("javax.management.RuntimeMBeanException: java.lang.RuntimeException: ")
        .contains("compact failed")
        .contains("deleted")
        .contains(missing);
    assertThat(client("State")).isEqualTo("State=SHEDDING");
    assertThat(client("Reason")).contains(missing);
    // RocksDB had it open, so it was put back: nothing is lost.
    assertThat(client("compact")).startsWith("[bytesAfter,");
    spool.close();
    open();
    assertThat(Spooled.enumerate(spool)).containsOnlyKeys(stored);
  }

  @Test
  void adviceDoesNotCloseTheLastWayToAMissingTable() throws Exception {
    store(20);
    assertThat(client("compact")).startsWith("[");
    String missing = deleteATable();
    assertThat(client("adviseLowMemory")).contains("put back").contains(missing);
    assertThat(client("State")).isEqualTo("State=SHEDDING");
    assertThat(Spooled.enumerate(spool)).containsOnlyKeys(stored);
  }

  @Test
  void maintenanceIsDoneAndAttributesAreRead() throws Exception {
    store(20);
    assertThat(client("State")).isEqualTo("State=HEALTHY");
    assertThat(client("Reason")).isEqualTo("Reason=null");
    assertThat(client("StoresInFlight")).isEqualTo("StoresInFlight=0");
    assertThat(client("FreeBytes")).matches("FreeBytes=\\d+");
    assertThat(client("cleanup")).startsWith("[bytesFreed, elapsedMillis, removed] [");
    assertThat(client("adviseLowMemory")).matches("-?\\d+");
  }

  private void store(int messages) {
    for (int i = 0; i < messages; i++) {
      SpoolId id = SpoolId.random();
      Spooled.get(spool.store(id, new byte[10_000], Durability.BUFFERED, null));
      stored.add(id);
    }
  }

  private String deleteATable() throws IOException {
    Path table = Databases.tables(dir.resolve("spool/db")).get(0);
    Files.delete(table);
    return table.getFileName().toString();
  }

  private String client(String member) throws Exception {
    Path own = Path.of(JmxClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Process client =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                own.toString(),
                JmxClient.class.getName(),
                connector.getAddress().toString(),
                BEAN,
                member)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } finally {
      client.destroyForcibly();
    }
  }
}
