package dev.spool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What docs/operations.md tells operators to do is there to be done, and does what it says. */
@Tag("same-on-any-jdk")
final class OperationsDocTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DOCUMENT = ROOT.resolve("docs/operations.md");
  private static final byte[] MESSAGE = "Subject: one\r\n\r\nkept\r\n".getBytes(UTF_8);

  @TempDir Path temporary;

  @Test
  void theTableOfLogLinesIsThatOfTheSources() throws IOException {
    Set<LogTexts.Line> told = new TreeSet<>();
    Matcher rows =
        Pattern.compile("(?m)^\\| (WARN|ERROR) \\| `([^`]+)` \\| [^|]+ \\| [^|]+ \\|$")
            .matcher(Files.readString(DOCUMENT));
    int count = 0;
    while (rows.find()) {
      told.add(new LogTexts.Line(rows.group(1), rows.group(2)));
      count++;
    }
    assertThat(count).as("no line is there twice").isEqualTo(told.size()).isGreaterThan(30);
    assertThat(told).containsExactlyElementsOf(LogTexts.of(ROOT));
  }

  /** With every option that is given; nothing is run. */
  @ParameterizedTest
  @ValueSource(strings = {"docs/operations.md", "docs/security.md"})
  void everyCommandIsThereWithItsOptions(String document) throws IOException {
    List<String> wrong = new ArrayList<>();
    int found = 0;
    for (String line : Files.readString(ROOT.resolve(document)).lines().toList()) {
      if (line.startsWith("spool ")) {
        found++;
        String[] words = line.substring("spool ".length()).split(" ");
        try {
          var unused = Main.commandLine(Streams.ofProcess()).parseArgs(words);
        } catch (CommandLine.ParameterException e) {
          wrong.add(line + ": " + e.getMessage());
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(found).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "file, tar",
    "file, rsync",
    "file, cp",
    "rocksdb, tar",
    "rocksdb, rsync",
    "rocksdb, cp",
    "journal, tar",
    "journal, rsync",
    "journal, cp"
  })
  void stoppedSpoolIsBackedUpAndRestored(String scheme, String tool) throws Exception {
    Path original = temporary.resolve("app");
    List<SpoolId> ids = fill(scheme, original);
    Path restored = temporary.resolve("elsewhere/restored");
    Files.createDirectories(restored);
    if (tool.equals("tar")) {
      Path archive = temporary.resolve("app.tar");
      run("tar", "-C", original, "--numeric-owner", "-cpf", archive, ".");
      run("tar", "-C", restored, "-xpf", archive);
    } else if (tool.equals("cp")) {
      run("cp", "-a", original + "/.", restored + "/");
    } else {
      run("rsync", "-aH", "--delete", original + "/", restored + "/");
    }
    run("rm", "-r", original);

    Cli verified = Cli.run("verify", restored);

    assertThat(verified.status()).as("%s", verified).isZero();
    assertThat(verified.out()).startsWith(ids.size() + " messages whole");
    for (SpoolId id : ids) {
      assertThat(Cli.run("cat", restored, id).bytes()).isEqualTo(MESSAGE);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(restored)))
        .isEqualTo("rwx------");
    assertThat(Cli.runWithInput(MESSAGE, "put", uri(scheme, restored)).status()).isZero();
  }

  /** Each message is copied whole, or not at all; what was there all the time is in the copy. */
  @Test
  void runningFileSpoolIsCopiedMessageByMessage() throws Exception {
    Path original = temporary.resolve("app");
    Path copy = temporary.resolve("copy");
    Map<SpoolId, byte[]> kept = new HashMap<>();
    SpoolId replaced = SpoolId.random();
    try (Spool server = Spools.open(uri("file", original))) {
      for (int i = 0; i < 300; i++) {
        SpoolId id = SpoolId.random();
        kept.put(id, message(id, i));
        server.store(id, message(id, i), Durability.BUFFERED, null).join();
      }
      server.store(replaced, message(replaced, 0), Durability.BUFFERED, null).join();
      AtomicBoolean copied = new AtomicBoolean();
      CompletableFuture<Void> busy =
          CompletableFuture.runAsync(() -> beBusy(server, replaced, copied));
      try {
        int status =
            statusOf("rsync", "-aH", "--delete", "--exclude=/tmp/*", original + "/", copy + "/");
        assertThat(status).as("24: files have vanished before they were read").isIn(0, 24);
      } finally {
        copied.set(true);
        busy.join();
      }
    }

    Cli verified = Cli.run("verify", copy);

    assertThat(verified.status()).as("%s", verified).isZero();
    try (Spool found = Spools.open(uri("file", copy))) {
      kept.forEach((id, message) -> assertThat(found.load(id).join()).isEqualTo(message));
      byte[] one = found.load(replaced).join();
      assertThat(one).isEqualTo(message(replaced, one.length - 32));
    }
  }

  /** Replaces one message, and stores and removes others. */
  private static void beBusy(Spool server, SpoolId replaced, AtomicBoolean end) {
    for (int i = 0; !end.get(); i = (i + 1) % 20_000) {
      SpoolId passing = SpoolId.random();
      server.store(passing, message(passing, i), Durability.BUFFERED, null).join();
      server.store(replaced, message(replaced, i), Durability.BUFFERED, null).join();
      server.remove(passing).join();
    }
  }

  /** The id, and a text of some length that tells it again and again. */
  private static byte[] message(SpoolId id, int length) {
    return (id + id.toString().repeat(length / 32 + 1).substring(0, length)).getBytes(UTF_8);
  }

  /** An old owner's file, no lock's file: as a restored copy of a server that was killed. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void staleOwnerAndMissingLockAreMadeAnewAndAMissingMarkerIsNot(String scheme) throws IOException {
    Path spool = temporary.resolve("app");
    fill(scheme, spool);
    Files.delete(spool.resolve("LOCK"));
    Files.writeString(
        spool.resolve("OWNER"), "pid=99999\nhost=another\nstarted=2026-01-01T00:00:00Z\n");
    assertThat(Cli.runWithInput(MESSAGE, "put", uri(scheme, spool)).status()).isZero();

    Path marker = Files.move(spool.resolve("SPOOL"), temporary.resolve("SPOOL"));
    assertThat(Cli.run("verify", spool).err())
        .contains("it has no marker file SPOOL; if it was one, put that file back from a copy");
    Cli refused = Cli.runWithInput(MESSAGE, "put", uri(scheme, spool));
    assertThat(refused.status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(refused.err()).contains("it is not a spool, and not empty");
    Files.move(marker, spool.resolve("SPOOL"));
    assertThat(Cli.run("verify", spool).out()).startsWith("4 messages whole");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void exportBesideTheServerIsALookAtARunningSpool(String scheme) throws IOException {
    Path spool = temporary.resolve("app");
    List<SpoolId> ids = fill(scheme, spool);
    try (Spool server = Spools.open(uri(scheme, spool))) {
      assertThat(server.unhealthyReason()).isNull();
      Path target = temporary.resolve("mail");
      assertThat(Cli.run("export", spool, target).status()).isZero();
      for (SpoolId id : ids) {
        assertThat(target.resolve(id + ".eml")).hasBinaryContent(MESSAGE);
      }
      Cli refused = Cli.run("quarantine", spool, ids.get(0), temporary.resolve("damaged"));
      assertThat(refused.status()).isEqualTo(ExitStatus.CANNOT_OPEN);
      assertThat(refused.err()).contains("is open already");
    }
  }

  @Test
  void damagedMessageIsFoundSetAsideAndTheSpoolIsWholeAgain() throws IOException {
    Path spool = temporary.resolve("app");
    SpoolId damaged = fill("file", spool).get(1);
    Path file = fileOf(spool, damaged);
    byte[] bytes = Files.readAllBytes(file);
    bytes[3] ^= 1;
    Files.write(file, bytes);
    Path aside = temporary.resolve("aside");

    Cli verified = Cli.run("verify", spool);
    assertThat(verified.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(verified.out()).contains("damaged: " + damaged + " at " + file);
    Cli moved = Cli.run("verify", "--quarantine", aside, spool);

    assertThat(moved.status()).as("%s", moved).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(aside.resolve(damaged + ".damaged")).hasBinaryContent(bytes);
    assertThat(aside.resolve(damaged + ".reason")).content().contains("checksum");
    assertThat(Cli.run("verify", spool).out()).startsWith("2 messages whole");
  }

  /** By the commands of the page, as they stand there. */
  @Test
  void messageFromLostAndFoundIsPutBackByWhatItsLastLineSays() throws Exception {
    Path spool = temporary.resolve("app");
    SpoolId lost = fill("file", spool).get(1);
    Path slot = fileOf(spool, lost).getParent();
    Path found = temporary.resolve("#12345");
    Files.move(fileOf(spool, lost), found);
    try (Stream<Path> others = Files.list(slot)) {
      if (others.findAny().isEmpty()) {
        Files.delete(slot); // it is lost, too
      }
    }
    assertThat(Cli.run("verify", spool).out()).startsWith("2 messages whole");

    run("sh", "-ec", commands("lost+found/#", spool, found));

    assertThat(found).doesNotExist();
    assertThat(Cli.run("cat", spool, lost).bytes()).isEqualTo(MESSAGE);
    assertThat(Cli.run("verify", spool).out()).startsWith("3 messages whole");
  }

  /**
   * Returns the commands around {@code text}, with these paths, but for those of root's and ours.
   */
  private static String commands(String text, Path spool, Path found) throws IOException {
    String block =
        Stream.of(Files.readString(DOCUMENT).split("```"))
            .filter(part -> part.contains(text) && part.contains("mv -n"))
            .findFirst()
            .orElseThrow();
    return block
        .replace("/mnt/lost+found/#12345", found.toString())
        .replace("/var/spool/app", spool.toString())
        .replaceAll("(?m)^(spool|chown) .*$", "");
  }

  @Test
  void messageWhoseFileIsDeletedUnderALiveSpoolIsGone() throws IOException {
    Path spool = temporary.resolve("app");
    List<SpoolId> ids = fill("file", spool);
    try (Spool server = Spools.open(uri("file", spool))) {
      assertThat(server.load(ids.get(0)).join()).isEqualTo(MESSAGE);
      Files.delete(fileOf(spool, ids.get(0)));

      assertThatThrownBy(() -> server.load(ids.get(0)).join())
          .hasCauseInstanceOf(MessageNotFoundException.class);
      EntryChannel channel = EntryChannel.bounded(100, 1 << 20);
      assertThat(server.enumerate(channel).join().items()).isEqualTo(2);
      server.remove(ids.get(0)).join();
      assertThat(server.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
    }
    assertThat(Cli.run("verify", spool).out()).startsWith("2 messages whole");
  }

  /** What was stored and removed since the first copy is so in the second. */
  @Test
  void largeFileSpoolIsMovedWithAShortStop() throws Exception {
    Path original = temporary.resolve("app");
    Path copy = Files.createDirectory(temporary.resolve("copy"));
    List<SpoolId> ids = fill("file", original);
    SpoolId late = SpoolId.random();
    try (Spool server = Spools.open(uri("file", original))) {
      run("rsync", "-aH", "--exclude=/tmp/*", original + "/", copy + "/");
      server.remove(ids.get(0)).join();
      server.store(late, message(late, 100)).join();
    }

    run("rsync", "-aH", "--delete", "--exclude=/tmp/*", original + "/", copy + "/");

    assertThat(Cli.run("verify", copy).out()).startsWith("3 messages whole");
    try (Spool moved = Spools.open(uri("file", copy))) {
      assertThat(moved.load(late).join()).isEqualTo(message(late, 100));
      assertThatThrownBy(() -> moved.load(ids.get(0)).join())
          .hasCauseInstanceOf(MessageNotFoundException.class);
    }
  }

  private static Path fileOf(Path spool, SpoolId id) throws IOException {
    try (Stream<Path> files = Files.walk(spool)) {
      return files.filter(path -> path.endsWith(id.toString())).findFirst().orElseThrow();
    }
  }

  private static List<SpoolId> fill(String scheme, Path spool) {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Cli put = Cli.runWithInput(MESSAGE, "put", uri(scheme, spool));
      assertThat(put.status()).as("%s", put).isZero();
      ids.add(SpoolId.parse(put.out().strip()));
    }
    return ids;
  }

  private static String uri(String scheme, Path spool) {
    return Cli.uri(scheme, spool) + (scheme.equals("rocksdb") ? "&ballast=0" : "");
  }

  private static void run(Object... words) throws IOException, InterruptedException {
    assertThat(statusOf(words)).as("%s", List.of(words)).isZero();
  }

  private static int statusOf(Object... words) throws IOException, InterruptedException {
    String[] command = Stream.of(words).map(Object::toString).toArray(String[]::new);
    command[0] = Programs.find(command[0]);
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
