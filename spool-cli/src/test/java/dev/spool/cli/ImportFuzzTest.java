package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.Spools;
import dev.spool.testkit.Fuzz;
import dev.spool.testkit.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Directories of mail in which names and contents may be anything: an import takes what is a
 * message, byte for byte, names what is none, and changes nothing.
 */
class ImportFuzzTest {
  private static final long MEMORY = 256 << 20;
  private static final int FILES = 12;
  private static final List<byte[]> MAIL =
      List.of(
          bytes("From: a@b.example\r\nSubject: x\r\n\r\nbody\r\n"),
          bytes("From joe Thu Jan  1 00:00:01 1970\nSubject: y\n\nbody\n\n"));

  @TempDir private Path directory;
  private int runs;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void files() {
    fuzz("files", "--all", List.of("a/mail.eml", "b/.hidden/x.msg"));
  }

  @Test
  void maildir() {
    fuzz("maildir", null, List.of("new/1700000000.M1P2.host", "cur/1700000000.x.host:2,S"));
  }

  @Test
  void kumoMtaSpool() {
    fuzz(
        "kumomta-localdisk",
        null,
        List.of("data/c2/32/ab/00/941411ecb3c89f6bdeced846", "data/01/92/f5/c7/a1b27def81"));
  }

  private void fuzz(String format, @Nullable String option, List<String> names) {
    new Fuzz("import of " + format, MEMORY, MAIL)
        .run(
            25,
            500,
            (bytes, random) -> {
              Path source = directory.resolve("source" + runs++);
              for (String part : List.of("new", "cur", "tmp", "data")) {
                Files.createDirectories(source.resolve(part));
              }
              List<String> given = new ArrayList<>();
              for (int i = 0; i < FILES; i++) {
                byte[] content = i == 0 ? bytes : new Mutations(random).of(MAIL.get(i % 2), bytes);
                if (write(source, name(names.get(i % names.size()), random), content)) {
                  given.add(text(content));
                }
              }
              check(format, option, source, given);
              delete(source);
            });
  }

  private void check(String format, @Nullable String option, Path source, List<String> given) {
    String spool = Cli.uri("file", directory.resolve("spool" + runs));
    List<Object> words =
        new ArrayList<>(List.of("import", "--from", format, spool, source.toString()));
    if (option != null) {
      words.add(1, option);
    }
    Cli cli = Cli.run(words.toArray());
    assertThat(cli.status()).as(cli::toString).isIn(ExitStatus.OK, ExitStatus.SOME_FAILED);
    assertThat(cli.err()).doesNotContain("Exception");
    List<String> stored = stored(spool);
    List<String> left = new ArrayList<>(given);
    for (String message : stored) {
      assertThat(left.remove(message)).as("a message that nobody gave").isTrue();
    }
    if (option != null) {
      assertThat(left).as("all of them").isEmpty();
    }
  }

  private static List<String> stored(String uri) {
    try (Spool spool = Spools.open(uri)) {
      List<String> stored = new ArrayList<>();
      EntryChannel channel = EntryChannel.bounded(16, 1 << 20);
      var scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        stored.add(text(((SpoolEntry.Item) entry).data()));
      }
      assertThat(scan.join().corrupt()).isZero();
      return stored;
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** A name of any characters that a file system takes in any locale. */
  private static String name(String whole, RandomGenerator random) {
    byte[] name = bytes(whole);
    if (random.nextInt(4) > 0) {
      name = new Mutations(random).of(name, bytes(":2,RS\n\t ..%/-\"'\\"));
    }
    StringBuilder text = new StringBuilder();
    for (byte each : name) {
      int letter = each & 0x7F;
      text.append(letter == 0 ? '0' : (char) letter);
    }
    return text.toString();
  }

  /** Returns whether the file system took it, within the source, as a file of its own. */
  private static boolean write(Path source, String name, byte[] content) throws IOException {
    Path file = source.resolve("./" + name).normalize();
    if (!file.startsWith(source) || file.equals(source) || Files.exists(file)) {
      return false;
    }
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, content);
      return true;
    } catch (IOException e) {
      return false; // a name that is too long, or a file where a directory would be
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
