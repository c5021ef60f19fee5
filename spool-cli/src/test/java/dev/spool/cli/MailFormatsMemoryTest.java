package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An mbox goes in and out in a heap that it would not fit into: neither the bytes of its messages,
 * nor what little may be kept of each of very many. {@code -Dspool.formats.entries=1000000} has it
 * run with a million.
 */
@Tag("same-on-any-jdk")
final class MailFormatsMemoryTest {
  private static final int ENTRIES = Integer.getInteger("spool.formats.entries", 100_000);
  private static final String FROM = "From joe@example.org Fri Sep  9 14:04:52 2011\n";

  @TempDir Path temporary;

  private Path write(int messages, String body) throws IOException {
    Path mbox = temporary.resolve("mbox");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(mbox), 1 << 20)) {
      for (int i = 0; i < messages; i++) {
        out.write((FROM + "Subject: " + i + "\n\n" + body + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    return mbox;
  }

  private void inAndOut(String heap, Path mbox, String count) throws Exception {
    String uri = Cli.uri("rocksdb", temporary.resolve("spool")) + "&ballast=0";
    run(heap, count + " messages stored", "import", "--from", "mbox", uri, mbox);
    Path out = temporary.resolve("out");
    run(heap, count + " messages exported", "export", "--to", "mbox", uri, out);
    assertThat(Files.size(out)).isGreaterThanOrEqualTo(Files.size(mbox)); // longer senders
  }

  private static void run(String heap, String said, Object... words) throws Exception {
    try (CommandChild child = CommandChild.start(heap, Duration.ofSeconds(5), words)) {
      assertThat(child.finish()).as(child.said()).isZero();
      assertThat(child.said()).contains(said);
    }
  }

  @Test
  void veryManyMessagesInASmallHeap() throws Exception {
    inAndOut("12m", write(ENTRIES, "body\n"), Text.count(ENTRIES));
  }

  @Test
  void messagesOfMoreBytesThanTheHeapHolds() throws Exception {
    inAndOut("64m", write(60, ("x".repeat(1023) + "\n").repeat(2048)), "60");
  }
}
