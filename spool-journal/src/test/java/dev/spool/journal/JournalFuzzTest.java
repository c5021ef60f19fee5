package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.support.DiskFile;
import dev.spool.testkit.Fuzz;
import dev.spool.testkit.Mutations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Segments in which anything may be written, with wrong checksums and with right ones: they are
 * read, or refused with an {@link IOException}, and no message is served that was not stored.
 */
@Tag("same-on-any-jdk")
class JournalFuzzTest {
  private static final int MESSAGES = 20;
  private static final long MEMORY = 64 << 20;

  /** The segments of a journal that was killed, by number. */
  private final List<byte[]> image = new ArrayList<>();

  /** Where in each segment records are. */
  private final List<List<Long>> positions = new ArrayList<>();

  @BeforeEach
  void makeImage() throws IOException {
    Journals journals = new Journals();
    Journal journal = journals.open().journal();
    for (int i = 1; i <= MESSAGES; i++) {
      journal.store(id(i), value(i, 0));
      if (i % 2 == 0) {
        journal.force();
      }
    }
    journal.store(id(3), value(3, 1));
    boolean unused = journal.remove(id(4));
    journal.force();
    boolean unusedToo = journal.remove(id(5));
    journal.write();
    for (int number = 0; journals.disk.exists(Journals.path(number)); number++) {
      try (DiskFile file = journals.disk.openRead(Journals.path(number))) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
        file.readFully(bytes, 0);
        image.add(bytes.array());
        Segment segment = new Segment(file, header(bytes.array()));
        positions.add(
            SegmentScan.scan(segment, new Rules()).found().stream()
                .map(SegmentScan.Found::position)
                .toList());
      }
    }
    assertThat(image.size()).isGreaterThan(2);
    assertThat(positions).anyMatch(all -> all.size() > 3);
  }

  private static byte[] value(int i, int version) {
    return message(100 * version + i, 300 + 3000 * (i % 5) + version);
  }

  private static SegmentHeader header(byte[] segment) {
    SegmentHeader header = SegmentHeader.decode(ByteBuffer.wrap(segment));
    if (header == null) {
      throw new AssertionError("there is no header");
    }
    return header;
  }

  @Test
  void anyBytes() {
    new Fuzz("journal segments", MEMORY, image)
        .run(
            1500,
            40_000,
            (bytes, random) -> {
              List<byte[]> segments = new ArrayList<>(image);
              segments.set(random.nextInt(segments.size()), bytes);
              open(segments);
            });
  }

  /** What the fuzzing of mere bytes hardly ever gets behind. */
  @Test
  void anyNumbersWithRightChecksums() {
    new Fuzz("journal segments with right checksums", MEMORY, List.of(new byte[48]))
        .run(
            1500,
            40_000,
            (bytes, random) -> {
              List<byte[]> segments = new ArrayList<>();
              image.forEach(segment -> segments.add(segment.clone()));
              for (int i = random.nextInt(3); i >= 0; i--) {
                forge(segments, random.nextInt(segments.size()), random);
              }
              open(segments);
            });
  }

  /** A file that is somebody else's is not taken for one of ours, which would be deleted. */
  @Test
  void nameIsThatOfASegmentOrNone() {
    List<byte[]> names =
        List.of(
            bytes(Format.fileName(0x12ab3)),
            bytes(Format.unfinishedName(7)),
            bytes("000fffff.seg"));
    new Fuzz("names of segments", MEMORY, names)
        .run(
            20_000,
            1_000_000,
            (bytes, random) -> {
              String name = new String(bytes, StandardCharsets.ISO_8859_1);
              Format.number(name)
                  .ifPresent(number -> assertThat(Format.fileName(number)).isEqualTo(name));
              if (Format.isUnfinished(name)) {
                int number = HexFormat.fromHexDigits(name, 0, 8);
                assertThat(Format.unfinishedName(number)).isEqualTo(name);
              }
            });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** It says which segments there are: whatever it says, those that are there are served. */
  @Test
  void rosterOfAnyBytes() throws IOException {
    byte[] roster = roster();
    new Fuzz("journal rosters", MEMORY, List.of(roster))
        .run(
            1500,
            40_000,
            (bytes, random) -> {
              if (random.nextBoolean()) {
                forgeRoster(bytes, random);
              }
              openWithRoster(bytes);
            });
  }

  private byte[] roster() throws IOException {
    Journals journals = new Journals();
    journals.open().journal().close();
    BitSet numbers = new BitSet();
    numbers.set(0, image.size());
    Roster roster = journals.segments().openRoster();
    assertThat(roster.establish(numbers, false)).isTrue();
    return journals.bytes(Journals.ROSTER_FILE);
  }

  /** Makes one of its copies, or both, right again, and longer perhaps. */
  private static void forgeRoster(byte[] roster, RandomGenerator random) {
    int half = roster.length / 2 & -Format.BLOCK;
    for (int at : new int[] {0, half}) {
      if (roster.length - at >= 48 && random.nextInt(4) > 0) {
        ByteBuffer copy = ByteBuffer.wrap(roster).position(at).slice();
        int[][] fields = {{12, 4}, {16, 8}, {32, 8}, {40, 4}, {44, 4}, {48, 4}};
        int[] field = fields[random.nextInt(fields.length)];
        if (field[0] + field[1] <= copy.limit()) {
          number(copy, field[0], field[1], random);
        }
        if (random.nextInt(4) == 0) {
          copy.putInt(40, copy.limit() - 48);
        }
        int length = Math.max(0, Math.min(copy.getInt(40), copy.limit() - 48));
        copy.putInt(8, crc(roster, new int[] {at, at + 8}, new int[] {at + 12, at + 48 + length}));
      }
    }
  }

  private void openWithRoster(byte[] roster) throws IOException {
    Journals journals = new Journals();
    write(journals, Journals.ROSTER_FILE, roster);
    for (int number = 0; number < image.size(); number++) {
      write(journals, Journals.path(number), image.get(number));
    }
    int there;
    try (Follower follower = new Follower(journals.segments(), new Rules())) {
      follower.catchUp();
      readAll(follower.journal());
      there = Math.toIntExact(follower.journal().index().size());
    }
    assertThat(there).isEqualTo(MESSAGES - 2);
    for (int opening = 0; opening < 2; opening++) {
      Replay.Opened opened = journals.open();
      readAll(opened.journal());
      assertThat(opened.journal().index().size()).isEqualTo(there);
      opened.journal().store(id(99), message(99, 100));
      opened.journal().finish();
      opened.journal().close();
      there = MESSAGES - 1;
    }
  }

  // Forging

  private void forge(List<byte[]> segments, int which, RandomGenerator random) {
    byte[] segment = segments.get(which);
    List<Long> records = positions.get(which);
    switch (random.nextInt(4)) {
      case 0 -> forgeHeader(segment, random);
      case 1 -> forgeSummary(segment, random);
      default -> {
        if (!records.isEmpty()) {
          forgeRecord(segment, (int) (long) records.get(random.nextInt(records.size())), random);
        }
      }
    }
  }

  private static void number(ByteBuffer bytes, int at, int width, RandomGenerator random) {
    long number = new Mutations(random).number();
    if (width == 8) {
      bytes.putLong(at, number);
    } else {
      bytes.putInt(at, (int) number);
    }
  }

  private static void forgeHeader(byte[] segment, RandomGenerator random) {
    ByteBuffer bytes = ByteBuffer.wrap(segment);
    int[][] fields = {{12, 4}, {32, 4}, {36, 4}, {40, 8}, {48, 8}, {48, 8}, {48, 8}};
    int[] field = fields[random.nextInt(fields.length)];
    number(bytes, field[0], field[1], random);
    bytes.putInt(8, crc(segment, new int[] {0, 8}, new int[] {12, 64}));
    if (random.nextInt(4) > 0) {
      System.arraycopy(segment, 0, segment, Format.HEADER_COPY_AT, 64);
    }
  }

  private static void forgeRecord(byte[] segment, int at, RandomGenerator random) {
    ByteBuffer bytes = ByteBuffer.wrap(segment);
    int[][] fields = {{0, 4}, {4, 4}, {4, 4}, {8, 8}, {16, 8}, {24, 8}, {32, 4}, {36, 4}};
    int[] field = fields[random.nextInt(fields.length)];
    if (field[0] == 0) {
      segment[at] = (byte) (random.nextBoolean() ? 1 : 3); // no tombstone becomes a message
    } else {
      number(bytes, at + field[0], field[1], random);
    }
    sealRecord(segment, at);
  }

  private static void sealRecord(byte[] segment, int at) {
    ByteBuffer covered = ByteBuffer.allocate(60);
    covered.putLong(ByteBuffer.wrap(segment).getLong(40)).putLong(at).put(segment, at, 44);
    ByteBuffer.wrap(segment).putInt(at + 44, crc(covered.array(), new int[] {0, 60}));
  }

  private static void forgeSummary(byte[] segment, RandomGenerator random) {
    ByteBuffer bytes = ByteBuffer.wrap(segment);
    int trailer = (int) Format.trailerAt(segment.length);
    int at = (int) bytes.getLong(trailer + 16);
    int length = (int) bytes.getLong(trailer + 24);
    if (at <= 0 || length < 4 || at + length > trailer) {
      return; // it has none
    }
    if (random.nextInt(4) == 0) {
      number(bytes, trailer + 16 + 8 * random.nextInt(2), 8, random);
    } else {
      int entry = random.nextInt(length / 4);
      number(bytes, at + 4 * entry, 4, random);
      bytes.putInt(trailer + 32, crc(segment, new int[] {at, at + length}));
    }
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, bytes.getLong(40)));
    crc.update(segment, trailer, 8);
    crc.update(segment, trailer + 12, 36);
    bytes.putInt(trailer + 8, (int) crc.getValue());
  }

  private static int crc(byte[] bytes, int[]... ranges) {
    CRC32C crc = new CRC32C();
    for (int[] range : ranges) {
      crc.update(bytes, range[0], range[1] - range[0]);
    }
    return (int) crc.getValue();
  }

  // Reading

  private static void open(List<byte[]> segments) throws IOException {
    Journals journals = new Journals();
    for (int number = 0; number < segments.size(); number++) {
      write(journals, Journals.path(number), segments.get(number));
    }
    follow(journals);
    Set<Path> before = files(journals);
    Journal journal;
    try {
      journal = journals.open().journal();
    } catch (IOException e) {
      assertThat(files(journals)).as("refused: " + e).containsAll(before);
      return;
    }
    readAll(journal);
    try {
      journal.store(id(99), message(99, 100));
      journal.finish();
    } catch (IOException e) {
      assertThat(e).hasMessageEndingWith("left"); // the last of all sequences or generations
      return;
    }
    readAll(journals.open().journal());
  }

  private static void write(Journals journals, Path path, byte[] bytes) throws IOException {
    boolean unused = journals.disk.deleteIfExists(path);
    try (DiskFile file = journals.disk.create(path)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.force(true);
    }
  }

  private static Set<Path> files(Journals journals) throws IOException {
    Set<Path> files = new HashSet<>();
    journals.disk.list(Journals.DIRECTORY, files::add);
    return files;
  }

  private static void follow(Journals journals) throws IOException {
    try (Follower follower = new Follower(journals.segments(), new Rules())) {
      follower.catchUp();
      readAll(follower.journal());
    } catch (IOException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  private static void readAll(Journal journal) throws IOException {
    for (int i = 1; i <= MESSAGES; i++) {
      byte[] found = load(journal, id(i));
      assertThat(found == null || isValue(i, found)).as("message " + i).isTrue();
    }
    for (SpoolId other : Journals.ids(journal.index())) {
      byte[] unused = load(journal, other);
    }
  }

  private static boolean isValue(int i, byte[] found) {
    return Arrays.equals(found, value(i, 0)) || Arrays.equals(found, value(i, 1));
  }

  private static byte[] load(Journal journal, SpoolId id) {
    try {
      return journal.load(id);
    } catch (Damage | IOException e) {
      return null;
    }
  }

  /** So that a case is the same again. */
  @Test
  void imageIsTheSameAgain() throws IOException {
    List<byte[]> first = List.copyOf(image);
    image.clear();
    makeImage();
    assertThat(Arrays.deepEquals(image.toArray(), first.toArray())).isTrue();
  }
}
