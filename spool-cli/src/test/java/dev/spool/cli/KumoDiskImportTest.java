package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code import --from kumomta-localdisk}. */
final class KumoDiskImportTest {
  private static final SpoolId ID = SpoolId.parse("c232ab00941411ecb3c89f6bdeced846");

  @TempDir Path temporary;

  private Path kumo;
  private Path spool;

  /** Makes the directories that {@code LocalDiskSpool::create_dir_structure} makes. */
  @BeforeEach
  void makeSpool() throws IOException {
    spool = temporary.resolve("spool");
    kumo = temporary.resolve("kumomta/data");
    Files.createDirectories(kumo.resolve("new"));
    Files.createDirectories(kumo.resolve("data"));
    Files.writeString(kumo.resolve("lock"), "4711\n"); // lock_pid_file in local_disk.rs
  }

  /**
   * Puts a message where {@code SpoolId::compute_path} of KumoMTA's {@code
   * crates/spool/src/spool_id.rs} says: the first four bytes of the id are a directory each, in two
   * hexadecimal digits, and the other twelve are the file's name.
   */
  private Path put(SpoolId id, String message) throws IOException {
    String digits = id.toString();
    Path file = kumo.resolve("data");
    for (int i = 0; i < 8; i += 2) {
      file = file.resolve(digits.substring(i, i + 2));
    }
    Files.createDirectories(file);
    return Files.writeString(file.resolve(digits.substring(8)), message);
  }

  private Cli importKumo(String scheme) {
    return Cli.run("import", "--from", "kumomta-localdisk", Cli.uri(scheme, spool), kumo);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void messagesKeepTheirIds(String scheme) throws IOException {
    List<SpoolId> ids = new ArrayList<>(List.of(ID, SpoolId.random()));
    for (int i = 0; i < 30; i++) {
      ids.add(SpoolId.withTimestampOf(ID));
    }
    for (SpoolId id : ids) {
      put(id, "I am " + id);
    }

    Cli imported = importKumo(scheme);

    assertThat(imported.status()).as("%s", imported).isZero();
    assertThat(imported.out()).contains("32 messages stored");
    for (SpoolId id : ids) {
      assertThat(Cli.run("cat", spool, id).out()).isEqualTo("I am " + id);
    }
    assertThat(Cli.run("ls", spool).out().lines()).hasSize(32);
    assertThat(importKumo(scheme).out()).contains("0 messages stored").contains("32 there already");
  }

  @Test
  void aMessageThatTheSpoolHasReplacedIsNotReplacedBack() throws IOException {
    put(ID, "old");
    byte[] newer = "newer".getBytes(StandardCharsets.UTF_8);
    Cli.runWithInput(newer, "put", "--id", ID, Cli.uri("file", spool));

    Cli imported = importKumo("file");

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err()).contains("another message of its id " + ID);
    assertThat(Cli.run("cat", spool, ID).bytes()).isEqualTo(newer);
  }

  /** As {@code lock_pid_file} locks it: with flock, which Java's own locks do not see. */
  @Test
  void aSpoolThatKumoMtaHasOpenIsRefused() throws Exception {
    put(ID, "its own still");
    Process holder =
        new ProcessBuilder(
                Programs.find("flock"), kumo.resolve("lock").toString(), "sh", "-c", "echo; cat")
            .start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('\n'); // it has it now
      Cli refused = importKumo("file");
      assertThat(refused.status()).isEqualTo(ExitStatus.SOME_FAILED);
      assertThat(refused.err()).contains("KumoMTA has it open").contains("stop KumoMTA first");
      assertThat(refused.out()).contains("0 messages stored");
    } finally {
      holder.getOutputStream().close(); // ends cat, and flock with it
      assertThat(holder.waitFor()).isZero();
    }
    assertThat(importKumo("file").out()).contains("1 message stored");
  }

  /** KumoMTA's two spools, data and meta, have the same ids. Many stores are under way at once. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void twoSourcesOfEqualIdsReplaceNothing(String scheme) throws IOException {
    Map<SpoolId, String> bodies = new TreeMap<>();
    Path data = kumo;
    Path meta = temporary.resolve("kumomta/meta");
    for (int i = 0; i < 300; i++) {
      SpoolId id = SpoolId.withTimestampOf(ID);
      bodies.put(id, "body of " + id);
      put(id, "body of " + id);
      kumo = meta;
      put(id, "meta of " + id);
      kumo = data;
    }

    Cli imported =
        Cli.run("import", "--from", "kumomta-localdisk", Cli.uri(scheme, spool), data, meta);

    assertThat(imported.status()).as("%s", imported).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.out()).contains("300 messages stored").contains("300 skipped");
    assertThat(imported.err()).contains("another message of its id");
    assertThat(SpoolContents.of(Cli.uri(scheme, spool))).isEqualTo(bodies);
  }

  @Test
  void whatIsNoMessageIsNamed() throws IOException {
    put(ID, "taken");
    Path version4 = kumo.resolve("data/8f/14/e4/5f/ceea467a95753ea1b0c8a5d1");
    Files.createDirectories(version4.getParent());
    Files.writeString(version4, "x");
    Path shallow = Files.writeString(kumo.resolve("data/c2/ab"), "x");
    Path upper = kumo.resolve("data/C2/32/AB/01/941411ECB3C89F6BDECED846");
    Files.createDirectories(upper.getParent());
    Files.writeString(upper, "x");
    Path link = kumo.resolve("data/c2/32/ab/00/941411ecb3c89f6bdeced847");
    Files.createSymbolicLink(link, Path.of("/etc/passwd"));
    Path unfinished = Files.writeString(kumo.resolve("new/.tmpAbCdEf"), "half");
    Path strange = Files.writeString(kumo.resolve("notes.txt"), "x");

    Cli imported = importKumo("file");

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.out()).contains("1 message stored").contains("5 skipped");
    assertThat(imported.err())
        .contains("skipped: " + version4)
        .contains("version 1 or 7")
        .contains("skipped: " + shallow)
        .contains("skipped: " + upper)
        .contains("skipped: " + link)
        .contains("skipped: " + strange)
        .contains("note: " + unfinished + ": was never stored completely");
    assertThat(unfinished).exists();
  }

  @Test
  void aDirectoryThatIsNoneOrHoldsSeveralIsRefused() {
    assertThat(
            Cli.run("import", "--from", "kumomta-localdisk", Cli.uri("file", spool), temporary)
                .err())
        .contains("is not a LocalDisk spool of KumoMTA");
    assertThat(
            Cli.run(
                    "import",
                    "--from",
                    "kumomta-localdisk",
                    Cli.uri("file", spool),
                    kumo.getParent())
                .err())
        .contains("name each")
        .contains(kumo.toString());
  }
}
