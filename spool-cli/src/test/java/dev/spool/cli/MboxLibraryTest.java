package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.apache.james.mime4j.mboxiterator.CharBufferWrapper;
import org.apache.james.mime4j.mboxiterator.MboxIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apache James' mbox iterator, which was to take mboxes apart: it agrees on ordinary ones, and
 * loses messages of others without a word.
 */
final class MboxLibraryTest {
  private static final String FROM = "From joe@example.org Thu Jan  1 00:00:01 1970\n";

  @TempDir Path temporary;

  private List<String> byLibrary(String mbox, int maxMessageSize) throws IOException {
    Path file = temporary.resolve("mbox");
    Files.writeString(file, mbox, StandardCharsets.ISO_8859_1);
    List<String> messages = new ArrayList<>();
    try (MboxIterator iterator =
        MboxIterator.fromFile(file)
            .charset(StandardCharsets.ISO_8859_1)
            .flags(Pattern.MULTILINE | Pattern.UNIX_LINES)
            .maxMessageSize(maxMessageSize)
            .build()) {
      for (CharBufferWrapper message : iterator) {
        messages.add(message.toString());
      }
    }
    return messages;
  }

  private static List<String> byReader(String mbox) throws IOException {
    InputStream in = new ByteArrayInputStream(mbox.getBytes(StandardCharsets.ISO_8859_1));
    MboxReader reader = new MboxReader(in, 1 << 20);
    List<String> messages = new ArrayList<>();
    for (MboxMessage next = reader.next(); next != null; next = reader.next()) {
      messages.add(new String(next.data(), StandardCharsets.ISO_8859_1) + "\n");
    }
    return messages;
  }

  @Test
  void agreesOnOrdinaryMboxes() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      StringBuilder mbox = new StringBuilder();
      for (int message = 1 + random.nextInt(20); message > 0; message--) {
        mbox.append(FROM);
        for (int line = random.nextInt(30); line > 0; line--) {
          mbox.append("\u00e4\u0085 ".repeat(random.nextInt(50))).append('\n');
        }
        mbox.append("end\n\n");
      }
      assertThat(byReader(mbox.toString())).isEqualTo(byLibrary(mbox.toString(), 4000 * 30));
    }
  }

  @Test
  void losesAllThatFollowsAMessageLargerThanItsBuffer() throws IOException {
    String mbox = FROM + "a\n\n" + FROM + "x".repeat(5000) + "\n\n" + FROM + "b\n\n";

    assertThat(byReader(mbox)).hasSize(3);
    assertThat(byLibrary(mbox, 1000)).hasSizeLessThan(3);
  }
}
