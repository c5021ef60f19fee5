package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real and malformed mail, from the tests of Apache James Mime4j, from a spool to a format and back
 * into another spool: byte for byte, or named.
 */
@Tag("same-on-any-jdk")
final class MailFormatsCorpusTest {
  @TempDir Path temporary;

  private Path spool;
  private List<byte[]> messages;
  private List<String> messagesWithoutEnd;

  @BeforeEach
  void store() throws Exception {
    Path corpus = Files.createDirectory(temporary.resolve("corpus"));
    messages = new ArrayList<>();
    messagesWithoutEnd = new ArrayList<>();
    for (Path file : MailCorpus.extract(corpus)) {
      byte[] message = Files.readAllBytes(file);
      messages.add(message);
      if (file.toString().endsWith(".msg") && !endsInLineFeed(message)) {
        messagesWithoutEnd.add(file.getFileName().toString());
      }
    }
    spool = temporary.resolve("spool");
    Cli stored = Cli.run("import", "--all", Cli.uri("rocksdb", spool), corpus);
    assertThat(stored.status()).as("%s", stored).isZero();
  }

  /** As text that compares fast, in an order of its own. */
  private static List<String> sorted(Stream<byte[]> all) {
    return all.map(HexFormat.of()::formatHex).sorted().toList();
  }

  private List<byte[]> importBack(String format, Path source) throws IOException {
    Path back = temporary.resolve("back");
    Cli imported = Cli.run("import", "--json", "--from", format, Cli.uri("rocksdb", back), source);
    assertThat(imported.status()).as("%s", imported.err()).isZero();
    Path files = temporary.resolve("files");
    Cli exported = Cli.run("export", back, files);
    assertThat(exported.status()).as("%s", exported).isZero();
    List<byte[]> found = new ArrayList<>();
    for (String line : imported.out().lines().toList()) {
      Map<String, Object> fields = JSON.std.mapFrom(line);
      if (!"note".equals(fields.get("result"))) {
        found.add(Files.readAllBytes(files.resolve(fields.get("id") + ".eml")));
      }
    }
    return found;
  }

  @Test
  void throughMaildirAllOfIt() throws IOException {
    Path maildir = temporary.resolve("Maildir");
    Cli exported = Cli.run("export", "--to", "maildir", spool, maildir);
    assertThat(exported.status()).as("%s", exported).isZero();

    assertThat(sorted(importBack("maildir", maildir).stream()))
        .isEqualTo(sorted(messages.stream()));
  }

  @Test
  void throughMboxAllThatEndsInALineFeedAndTheOthersAreNamed() throws IOException {
    Path mbox = temporary.resolve("mbox");
    Cli exported = Cli.run("export", "--to", "mbox", spool, mbox);

    assertThat(exported.status()).as("%s", exported).isEqualTo(ExitStatus.SOME_FAILED);
    List<String> refused =
        exported
            .err()
            .lines()
            .filter(line -> line.startsWith("not exported: "))
            .map(line -> Cli.run("cat", spool, line.substring(14, 46)).bytes())
            .map(HexFormat.of()::formatHex)
            .sorted()
            .toList();
    assertThat(refused)
        .isNotEmpty()
        .isEqualTo(sorted(messages.stream().filter(message -> !endsInLineFeed(message))));
    assertThat(refused).hasSize(57);
    assertThat(messagesWithoutEnd)
        .containsExactlyInAnyOrder(
            "testmsgs-basic-plain-very-long-lines.msg",
            "testmsgs-ending-boundaries.msg",
            "testmsgs-intermediate-boundaries.msg",
            "testmsgs-very-long-boundary.msg",
            "testmsgs-very-very-long-boundary.msg",
            "testmsgs-weird-boundary.msg");
    List<byte[]> kept = messages.stream().filter(MailFormatsCorpusTest::endsInLineFeed).toList();
    assertThat(kept).hasSizeGreaterThan(300);
    assertThat(kept.stream().anyMatch(MailFormatsCorpusTest::needsQuoting)).isTrue();

    assertThat(sorted(importBack("mbox", mbox).stream())).isEqualTo(sorted(kept.stream()));
  }

  private static boolean endsInLineFeed(byte[] message) {
    return message.length == 0 || message[message.length - 1] == '\n';
  }

  private static boolean needsQuoting(byte[] message) {
    return Arrays.stream(new String(message, StandardCharsets.ISO_8859_1).split("\n", -1))
        .anyMatch(line -> line.startsWith("From "));
  }
}
