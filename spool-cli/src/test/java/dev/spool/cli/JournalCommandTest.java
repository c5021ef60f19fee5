package dev.spool.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spool journal dump}. */
final class JournalCommandTest {
  private static final byte[] MESSAGE = "Subject: one\r\n\r\nnobody else's\r\n".getBytes(UTF_8);

  @TempDir Path temporary;
  private Path spool;
  private SpoolId kept;
  private SpoolId removed;

  @BeforeEach
  void fill() {
    spool = temporary.resolve("spool");
    kept = SpoolId.random();
    removed = SpoolId.random();
    try (Spool open = Spools.open(uri())) {
      open.store(removed, MESSAGE).join();
      open.store(kept, MESSAGE).join();
      open.remove(removed).join();
    }
  }

  private String uri() {
    return Cli.uri("journal", spool);
  }

  @Test
  void showsSegmentsAndRecordsAndNoBytesOfMessages() {
    Cli dump = Cli.run("journal", "dump", spool);

    assertThat(dump.status()).as("%s", dump).isZero();
    assertThat(dump.out())
        .containsPattern("spool [-0-9a-f]{36}, format version 1\n")
        .containsPattern("\n[0-9a-f]{8}\\.seg: 262144 bytes, FREE, generation \\d+, salt ")
        .containsPattern(" 8192  BEGIN   order \\d+, after generation 0, which was synced up to 0 ")
        .containsPattern(" STORE   " + kept + "  31 bytes  sequence 2  synced mark \\d+\n")
        .containsPattern(" REMOVE  " + removed + "  from generations \\d+  sequence 3  synced mark")
        .contains("  sealed: 2 messages, 1 tombstones\n")
        .doesNotContain("Subject", "nobody");
    assertThat(Cli.run("journal", "dump", "--segments", uri()).out())
        .contains("  sealed: 2 messages, 1 tombstones\n")
        .doesNotContain(kept.toString());
  }

  @Test
  void worksBesideTheServerWhoseSegmentIsNotSealed() {
    try (Spool server = Spools.open(uri())) {
      SpoolId another = SpoolId.random();
      server.store(another, MESSAGE).join();

      Cli dump = Cli.run("journal", "dump", spool);

      assertThat(dump.status()).as("%s", dump).isZero();
      assertThat(dump.out())
          .contains(another.toString())
          .containsPattern("  not sealed: 1 messages, 0 tombstones; known to be synced up to ")
          .containsPattern(" \\d+  the end, up to ");
    }
  }

  @Test
  void tellsDamage() throws IOException {
    Path segment = segmentWith(kept);
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.write(new byte[8192]);
    }

    Cli dump = Cli.run("journal", "dump", spool);

    assertThat(dump.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(dump.out())
        .contains(segment.getFileName() + ": 262144 bytes, DAMAGED: neither copy of its header");
  }

  /** Without its trailer a segment is not sealed; a later record tells how far it was synced. */
  @Test
  void tellsDamageFromWhatWasTorn() throws IOException {
    Path segment = segmentWith(kept);
    long at = positionOf(kept);
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(file.length() - 4096);
      file.write(new byte[4096]);
      file.seek(at + 48);
      file.write('?');
    }

    Cli dump = Cli.run("journal", "dump", spool);

    assertThat(dump.status()).as("%s", dump).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(dump.out()).containsPattern("STORE   " + kept + "  .*  DAMAGED\n");
  }

  @Test
  void refusesWhatIsNoJournal() {
    Cli.runWithInput(MESSAGE, "put", Cli.uri("file", temporary.resolve("files")));

    Cli files = Cli.run("journal", "dump", temporary.resolve("files"));
    assertThat(files.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(files.err()).contains("is not a journal spool");
    assertThat(Cli.run("journal", "dump", temporary).status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(Cli.run("journal", "dump", "journal:" + temporary.resolve("files")).status())
        .isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(Cli.run("journal").status()).isEqualTo(ExitStatus.USAGE);
  }

  private Path segmentWith(SpoolId id) throws IOException {
    String wanted = new String(id.toBytes(), ISO_8859_1);
    try (Stream<Path> segments = Files.list(spool.resolve("journal"))) {
      for (Path segment : segments.toList()) {
        if (Files.readString(segment, ISO_8859_1).contains(wanted)) {
          return segment;
        }
      }
    }
    throw new AssertionError("no segment has " + id);
  }

  private long positionOf(SpoolId id) {
    Matcher line =
        Pattern.compile(" (\\d+)  STORE   " + id).matcher(Cli.run("journal", "dump", spool).out());
    assertThat(line.find()).isTrue();
    return Long.parseLong(line.group(1));
  }
}
