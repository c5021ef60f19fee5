package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What an mbox keeps byte for byte, what it does not, and what a hostile one does. */
final class MboxReaderTest {
  private static final String FROM = "From joe@example.org Thu Jan  1 00:00:01 1970";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(MboxMessage message) {
    assertThat(message.data()).isNotNull();
    return new String(message.data(), StandardCharsets.ISO_8859_1);
  }

  private static List<MboxMessage> read(InputStream in, long limit) throws IOException {
    MboxReader reader = new MboxReader(in, limit);
    List<MboxMessage> messages = new ArrayList<>();
    for (MboxMessage next = reader.next(); next != null; next = reader.next()) {
      messages.add(next);
    }
    return messages;
  }

  private static List<MboxMessage> read(String mbox) throws IOException {
    return read(new ByteArrayInputStream(bytes(mbox)), 1 << 20);
  }

  private static List<String> texts(String mbox) throws IOException {
    return read(mbox).stream().map(MboxReaderTest::text).toList();
  }

  private static byte[] write(List<byte[]> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    MboxWriter writer = new MboxWriter(out);
    for (byte[] message : messages) {
      assertThat(MboxWriter.canHold(message)).isTrue();
      writer.write(new SpoolEntry.Item(SpoolId.random(), message.clone()));
    }
    return out.toByteArray();
  }

  @Test
  void takesMessagesApartAtFromLines() throws IOException {
    List<MboxMessage> messages =
        read(FROM + "\nSubject: a\n\nfirst\n\n" + FROM + "\nSubject: b\n\nsecond\n\n");

    assertThat(messages.stream().map(MboxReaderTest::text))
        .containsExactly("Subject: a\n\nfirst\n", "Subject: b\n\nsecond\n");
    assertThat(messages.stream().map(MboxMessage::offset)).containsExactly(0L, FROM.length() + 20L);
    assertThat(messages.get(0).date()).isEqualTo(Instant.ofEpochSecond(1));
    assertThat(messages.get(0).doubts()).isEmpty();
  }

  /** Everything that a line can begin with, end in and hold, put together at random. */
  @Test
  void givesBackWhatWasWrittenByteForByte() throws IOException {
    String[] parts = {
      "\n",
      "\n",
      "\r\n",
      "\r",
      ">",
      ">>",
      "From ",
      "From x Thu Jan  1 00:00:01 1970",
      "f",
      "\0",
      "\u0085",
      "\u00ff",
      "From",
      " ",
      "Content-Length: 5\n",
      "x".repeat(3000)
    };
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      List<byte[]> messages = new ArrayList<>();
      for (int i = random.nextInt(5); i >= 0; i--) {
        StringBuilder message = new StringBuilder();
        for (int part = random.nextInt(12); part > 0; part--) {
          message.append(parts[random.nextInt(parts.length)]);
        }
        messages.add(bytes(message.isEmpty() ? "" : message + "\n"));
      }
      List<MboxMessage> found = read(in(write(messages), random), 1 << 20);
      assertThat(found.stream().map(MboxMessage::data).toList())
          .as("seed %d", seed)
          .usingElementComparator(Arrays::compare)
          .containsExactlyElementsOf(messages);
    }
  }

  /** A stream that gives a few bytes at a time, as pipes do. */
  private static InputStream in(byte[] bytes, Random random) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] target, int from, int length) {
        return super.read(target, from, Math.min(length, 1 + random.nextInt(40)));
      }
    };
  }

  @Test
  void aMessageThatDoesNotEndInALineFeedCannotBeHeld() {
    assertThat(MboxWriter.canHold(bytes("x"))).isFalse();
    assertThat(MboxWriter.canHold(bytes("x\r"))).isFalse();
    assertThat(MboxWriter.canHold(bytes("x\r\n"))).isTrue();
    assertThat(MboxWriter.canHold(new byte[0])).isTrue();
  }

  @Test
  void quotingIsUndoneByOneLevelAtTheBeginningOfALineOnly() throws IOException {
    assertThat(texts(FROM + "\n>From a\n>>From b\n >From c\n>Fromage\nx>From d\n\n"))
        .containsExactly("From a\n>From b\n >From c\n>Fromage\nx>From d\n");
  }

  @Test
  void anMboxWithLinesThatEndInCrlf() throws IOException {
    assertThat(texts(FROM + "\r\na\r\n\r\n" + FROM + "\r\nb\r\n\r\n\r\n"))
        .containsExactly("a\r\n", "b\r\n\r\n");
    assertThat(texts(FROM + "\nCRLF inside\r\n\r\n\n" + FROM + "\nb\n\n"))
        .containsExactly("CRLF inside\r\n\r\n", "b\n");
  }

  @Test
  void onlyTheEmptyLineOfTheFormatIsTakenAway() throws IOException {
    assertThat(texts(FROM + "\nno empty line, no end")).containsExactly("no empty line, no end");
    assertThat(texts(FROM + "\nno empty line\n")).containsExactly("no empty line\n");
    assertThat(texts(FROM + "\na\n\n\n\n")).containsExactly("a\n\n\n");
    assertThat(texts(FROM)).containsExactly("");
    assertThat(texts(FROM + "\n")).containsExactly("");
    assertThat(texts(FROM + "\n\n")).containsExactly("");
  }

  @Test
  void anEmptyMboxHoldsNothingAndOneWithoutAFromLineIsRefused() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("\n\r\n\n")).isEmpty();
    assertThat(texts("\n\r\n" + FROM + "\nx\n\n")).containsExactly("x\n");
    for (String other : List.of("x", "Subject: x\n\n", "From here to there\n", ">" + FROM, "\0")) {
      assertThatThrownBy(() -> read(other)).isInstanceOf(NotMboxException.class);
    }
    assertThatThrownBy(() -> read("x".repeat(10_000_000))).isInstanceOf(NotMboxException.class);
  }

  @Test
  void aLineThatOnlyBeginsAsAFromLineIsTextAndIsNamed() throws IOException {
    List<MboxMessage> found = read(FROM + "\na\n\nFrom now on, in 1999,\n\n" + FROM + "\nb\n\n");

    assertThat(found).hasSize(2);
    assertThat(text(found.get(0))).isEqualTo("a\n\nFrom now on, in 1999,\n");
    assertThat(found.get(0).doubts()).singleElement().asString().contains("taken for text");
    assertThat(found.get(1).doubts()).isEmpty();
  }

  @Test
  void aFromLineWithoutAnEmptyLineBeforeItSeparatesAndIsNamed() throws IOException {
    List<MboxMessage> found = read(FROM + "\na\n" + FROM + "\nb\n\n");

    assertThat(found.stream().map(MboxReaderTest::text)).containsExactly("a\n", "b\n");
    assertThat(found.get(0).doubts()).singleElement().asString().contains("no empty line");
  }

  /** In the variant mboxo a line that began with {@code >From } is not told from a quoted one. */
  @Test
  void mboxoLosesWhatItsWriterHasLost() throws IOException {
    assertThat(texts(FROM + "\n>From: quoted, or written so\n>From quoted, or written so\n\n"))
        .containsExactly(">From: quoted, or written so\nFrom quoted, or written so\n");
  }

  /** In the variant mboxcl2 nothing is quoted; where that matters, the length does not fit. */
  @Test
  void mboxcl2IsNamedWhereItIsReadInAnotherWay() throws IOException {
    String same = "Content-Length: 5\n\nbody\n";
    assertThat(read(FROM + "\n" + same + "\n").get(0).doubts()).isEmpty();
    assertThat(texts(FROM + "\n" + same + "\n")).containsExactly(same);

    String split = "content-length: 60\n\na\n\n" + FROM + "\nb\n\n";
    assertThat(read(FROM + "\n" + split).get(0).doubts())
        .singleElement()
        .asString()
        .contains("mboxcl2");

    String unquoted = "Content-Length: 8\r\n\r\n>From x\n";
    List<MboxMessage> found = read(FROM + "\n" + unquoted + "\n");
    assertThat(text(found.get(0))).endsWith("\nFrom x\n");
    assertThat(found.get(0).doubts()).singleElement().asString().contains("mboxcl2");
  }

  @Test
  void aMessageLargerThanTheLimitIsNamedAndTheOthersAreRead() throws IOException {
    String large = "y".repeat(70_000) + "\n" + "z\n".repeat(50_000);
    List<MboxMessage> found =
        read(
            new ByteArrayInputStream(
                bytes(FROM + "\na\n\n" + FROM + "\n" + large + "\n" + FROM + "\nb\n\n")),
            1000);

    assertThat(found).hasSize(3);
    assertThat(text(found.get(0))).isEqualTo("a\n");
    assertThat(found.get(1).data()).isNull();
    assertThat(found.get(1).length()).isEqualTo(large.length());
    assertThat(text(found.get(2))).isEqualTo("b\n");
  }

  @Test
  void aMessageOfExactlyTheLimitIsRead() throws IOException {
    byte[] message = bytes(">From x\n".repeat(125));
    byte[] mbox = write(List.of(message));

    assertThat(read(new ByteArrayInputStream(mbox), 1000).get(0).data()).isEqualTo(message);
  }

  /** More than an array, a buffer or a mapped file can hold. */
  @Test
  void anMboxOfMoreThanTwoGib() throws IOException {
    byte[] one = bytes(FROM + "\n" + ("x".repeat(998) + "\r\n").repeat(8000) + "\n");
    int count = 280;
    InputStream in =
        new InputStream() {
          private long position;

          @Override
          public int read() {
            throw new IllegalStateException("the reader reads in bulk");
          }

          @Override
          public int read(byte[] target, int from, int length) {
            int at = (int) (position % one.length);
            int read = Math.min(length, one.length - at);
            if (position >= (long) one.length * count) {
              return -1;
            }
            System.arraycopy(one, at, target, from, read);
            position += read;
            return read;
          }
        };
    MboxReader reader = new MboxReader(in, 16 << 20);
    int found = 0;
    long last = 0;
    for (MboxMessage next = reader.next(); next != null; next = reader.next()) {
      found++;
      last = next.offset();
      assertThat(next.data()).hasSize(8_000_000);
    }
    assertThat(found).isEqualTo(count);
    assertThat(last).isEqualTo((long) one.length * (count - 1)).isGreaterThan(1L << 31);
  }
}
