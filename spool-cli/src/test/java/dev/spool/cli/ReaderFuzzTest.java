package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.testkit.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Mboxes, names and addresses of any bytes: read for what they are, or refused. */
class ReaderFuzzTest {
  private static final long MEMORY = 16 << 20;
  private static final int LIMIT = 600;

  private static final List<byte[]> MBOXES =
      List.of(
          bytes(
              """
              From joe@example.org Thu Jan  1 00:00:01 1970
              Content-Length: 21
              Subject: one

              >From here
              >>From there

              From - Fri Nov 20 12:34:56 2026 +0100
              Subject: two

              From nobody knows

              From jane@example.org Sat Feb 30 25:61 GMT 2026
              """),
          bytes(
              "From a Thu Jan  1 00:00:01 1970\r\nSubject: x\r\n\r\nbody\r\n\r\nFrom b Thu Jan  1"
                  + " 00:00:01 +9999 1970\r\n\r\n"));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void mboxOfAnyBytes() {
    new Fuzz("mbox", MEMORY, MBOXES)
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              List<MboxMessage> messages;
              try {
                messages = read(new ByteArrayInputStream(bytes));
              } catch (NotMboxException e) {
                return;
              }
              checkPlaces(messages, bytes.length);
              assertThat(texts(read(inPieces(bytes, random)))).isEqualTo(texts(messages));
              checkWrittenAgain(messages);
            });
  }

  private static void checkPlaces(List<MboxMessage> messages, int length) {
    long end = -1;
    long all = 0;
    for (MboxMessage message : messages) {
      assertThat(message.offset()).isGreaterThan(end);
      assertThat(message.length()).isNotNegative();
      byte[] data = message.data();
      assertThat(data == null ? LIMIT : data.length).isLessThanOrEqualTo(LIMIT);
      end = message.offset() + message.length();
      all += message.length();
    }
    assertThat(end).isLessThan(length);
    assertThat(all).isLessThanOrEqualTo(length);
  }

  private static void checkWrittenAgain(List<MboxMessage> messages) throws IOException {
    List<byte[]> kept = new ArrayList<>();
    for (MboxMessage message : messages) {
      byte[] data = message.data();
      if (data != null && MboxWriter.canHold(data)) {
        kept.add(data);
      }
    }
    assertThat(written(kept)).usingElementComparator(Arrays::compare).isEqualTo(kept);
  }

  private static List<byte[]> written(List<byte[]> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    MboxWriter writer = new MboxWriter(out);
    for (byte[] message : messages) {
      writer.write(new SpoolEntry.Item(SpoolId.random(), message.clone()));
    }
    List<byte[]> back = new ArrayList<>();
    for (MboxMessage message : read(new ByteArrayInputStream(out.toByteArray()))) {
      back.add(Objects.requireNonNull(message.data()));
    }
    return back;
  }

  private static List<MboxMessage> read(InputStream in) throws IOException {
    MboxReader reader = new MboxReader(in, LIMIT);
    List<MboxMessage> messages = new ArrayList<>();
    for (MboxMessage next = reader.next(); next != null; next = reader.next()) {
      messages.add(next);
    }
    return messages;
  }

  private static List<String> texts(List<MboxMessage> messages) {
    return messages.stream()
        .map(
            message ->
                message.offset()
                    + " "
                    + message.length()
                    + " "
                    + message.date()
                    + message.doubts()
                    + Arrays.toString(message.data()))
        .toList();
  }

  /** As a pipe gives them. */
  private static InputStream inPieces(byte[] bytes, RandomGenerator random) {
    return new FilterInputStream(new ByteArrayInputStream(bytes)) {
      @Override
      public int read(byte[] into, int from, int count) throws IOException {
        return super.read(into, from, Math.min(count, 1 + random.nextInt(40)));
      }
    };
  }

  /** What goes into an mbox comes back. */
  @Test
  void messagesOfAnyBytesComeBackFromAnMbox() {
    List<byte[]> parts =
        List.of(bytes("From "), bytes(">"), bytes("\n"), bytes("\r\n"), MBOXES.get(0));
    new Fuzz("messages in an mbox", MEMORY, MBOXES)
        .run(
            10_000,
            500_000,
            (bytes, random) -> {
              byte[] part = parts.get(random.nextInt(parts.size()));
              List<byte[]> messages = new ArrayList<>();
              for (byte[] message : List.of(bytes, part)) {
                byte[] cut = Arrays.copyOf(message, Math.min(message.length, LIMIT - 1));
                messages.add(MboxWriter.canHold(cut) ? cut : ended(cut));
              }
              assertThat(written(messages))
                  .usingElementComparator(Arrays::compare)
                  .isEqualTo(messages);
            });
  }

  private static byte[] ended(byte[] message) {
    byte[] ended = Arrays.copyOf(message, message.length + 1);
    ended[message.length] = '\n';
    return ended;
  }

  @Test
  void fromLinesLengthsAndNamesOfAnyBytes() {
    List<byte[]> samples =
        List.of(
            bytes("From joe@example.org Thu Jan  1 00:00:01 +0100 1970 PST"),
            bytes("Content-Length:   123\n\nbody"),
            bytes("1700000000.0192f5c7a1b27def8123456789abcdef.spool:2,S"));
    new Fuzz("From_ lines, lengths and names", MEMORY, samples)
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              FromLine line = FromLine.parse(bytes, 0, bytes.length);
              if (line != null) {
                assertThat(line.text()).startsWith("From ");
              }
              boolean unused = ContentLength.contradicts(bytes, 0, bytes.length);
              String name = new String(bytes, StandardCharsets.ISO_8859_1);
              SpoolId id = MaildirName.idOf(name);
              if (id != null) {
                assertThat(name).contains(id.toString());
              }
              Instant delivered = MaildirName.delivered(name, Instant.EPOCH);
              assertThat(DerivedId.of(delivered, name, bytes).createdAt()).isNotNull();
            });
  }

  /** Nothing is opened. */
  @Test
  void addressesOfAnyText() {
    List<byte[]> samples =
        List.of(
            bytes("file:/no/such/spool?readOnly=true&minFreeSpace=10%25"),
            bytes("rocksdb:relative/%20x?adopt=true"),
            bytes("memory:name"),
            bytes("/no/such/spool"),
            bytes("journal://host/x#y"));
    new Fuzz("addresses", MEMORY, samples)
        .run(
            10_000,
            500_000,
            (bytes, random) -> {
              SpoolAddress address =
                  new SpoolAddress(new String(bytes, StandardCharsets.ISO_8859_1));
              try {
                String unused = address.setting("readOnly");
                boolean memory = address.isMemory();
                assertThat(address.directory() == null || !memory).isTrue();
                assertThat(address.uri()).isNotNull();
              } catch (CommandFailure e) {
                assertThat(e.getMessage()).isNotEmpty();
              }
            });
  }
}
