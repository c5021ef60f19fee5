package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A segment that somebody has deleted is missed, whoever opens the spool; the rest is served. */
class MissingSegmentTest {
  private static final String ROSTER = "ROSTER";

  private final Map<SpoolId, byte[]> stored = new LinkedHashMap<>();

  @TempDir Path directory;

  /** How many copies were made. */
  private int copies;

  /**
   * Two spools with the same messages: as an owner leaves it that was killed, with segments that
   * are sealed, one that is not, and some that are ready or free; and as one leaves it who has
   * closed it.
   */
  private Path killed;

  private Path closed;

  @BeforeEach
  void fill() throws IOException {
    closed = directory.resolve("spool");
    try (JournalSpool spool = open(closed)) {
      for (int i = 0; i < 60; i++) {
        store(spool, i);
      }
      SpoolId removed = stored.keySet().iterator().next();
      spool.remove(removed, Durability.SYNC, null).join();
      stored.remove(removed);
      spool.compact().join();
      for (int i = 60; i < 70; i++) {
        store(spool, i);
      }
      killed = copy(closed);
    }
    assertThat(look(killed).health.state()).isEqualTo(State.HEALTHY);
  }

  private SpoolId store(JournalSpool spool, int i) {
    SpoolId id = SpoolId.random();
    spool.store(id, message(i, 3000)).join();
    stored.put(id, message(i, 3000));
    return id;
  }

  private static JournalSpool.Builder builder(Path spool) {
    return JournalSpool.builder(spool).segmentSize(Journals.SEGMENT);
  }

  private static JournalSpool open(Path spool) {
    return builder(spool).open();
  }

  /** What is at the top first: what is listed there is there still when it is copied. */
  private Path copy(Path from) throws IOException {
    Path to = directory.resolve("copy" + copies++);
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : walk.sorted(Comparator.comparingInt(Path::getNameCount)).toList()) {
        if (!path.getFileName().toString().endsWith(".new")) {
          Files.copy(path, to.resolve(from.relativize(path)));
        }
      }
    }
    return to;
  }

  private static List<Path> segments(Path spool) throws IOException {
    try (Stream<Path> files = Files.list(spool.resolve("journal"))) {
      return files.filter(file -> file.toString().endsWith(".seg")).sorted().toList();
    }
  }

  /** What somebody sees who opens a spool, and reads all of it. */
  private record Seen(SpoolHealth health, Set<SpoolId> there, List<String> corrupt) {}

  /** Looks at a copy of a spool, and requires that no message is another. */
  private Seen look(Path spool) throws IOException {
    try (JournalSpool open = open(copy(spool))) {
      return look(open);
    }
  }

  private Seen look(JournalSpool spool) {
    SpoolHealth health = spool.health();
    Set<SpoolId> there = new HashSet<>();
    List<String> corrupt = new ArrayList<>();
    EntryChannel channel = EntryChannel.bounded(1000, 1 << 20);
    var scan = spool.enumerate(channel);
    for (SpoolEntry entry : channel) {
      if (entry instanceof SpoolEntry.Item item) {
        assertThat(item.data()).isEqualTo(stored.get(item.id()));
        there.add(item.id());
      } else if (entry instanceof SpoolEntry.Corrupt found) {
        corrupt.add(found.location());
      }
    }
    scan.join();
    stored.forEach(
        (id, message) -> {
          try {
            assertThat(spool.load(id).join()).isEqualTo(message);
            assertThat(there).contains(id);
          } catch (CompletionException e) {
            assertThat(SpoolException.unwrap(e)).isInstanceOf(MessageNotFoundException.class);
          }
        });
    return new Seen(health, there, corrupt);
  }

  private static void assertReported(Seen seen, Path segment) {
    String name = segment.getFileName().toString();
    assertThat(seen.health.state()).as(name).isEqualTo(State.DEGRADED);
    assertThat(seen.health.reason()).contains(name, "missing", ROSTER);
    assertThat(seen.corrupt).singleElement().asString().endsWith(name);
  }

  /**
   * Those that hold nothing, too: whoever deletes a segment does not know which these are, and a
   * list of those that do would have to be written whenever one is used again.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eachSegmentIsMissedAndTheRestIsServed(boolean afterAKill) throws IOException {
    Path spool = afterAKill ? killed : closed;
    Set<SpoolId> everywhere = new HashSet<>();
    int withMessages = 0;
    for (Path segment : segments(spool)) {
      Path without = copy(spool);
      Files.delete(without.resolve(spool.relativize(segment)));
      Seen seen = look(without);
      assertReported(seen, segment);
      withMessages += seen.there.size() < stored.size() ? 1 : 0;
      everywhere.addAll(seen.there);
    }
    assertThat(withMessages).isGreaterThan(2).isLessThan(segments(spool).size());
    assertThat(everywhere).isEqualTo(stored.keySet());
  }

  @Test
  void isToldAtEachOpeningByWhoeverReadsAndByTheDumpUntilItIsAcknowledged() throws IOException {
    Path lost = segments(closed).get(0);
    Files.delete(lost);
    for (int opening = 0; opening < 3; opening++) {
      try (JournalSpool reader = JournalSpool.builder(closed).readOnly(true).open()) {
        assertReported(look(reader), lost);
      }
      assertThat(dump()).contains(lost.getFileName() + ": DAMAGED: it is missing");
      try (JournalSpool spool = open(closed)) {
        assertReported(look(spool), lost);
        store(spool, 100 + opening);
        spool.compact().join();
      }
    }
    assertThat(lost).doesNotExist();
    Files.delete(closed.resolve(ROSTER));
    try (JournalSpool spool = open(closed)) {
      assertThat(look(spool).health.state()).isEqualTo(State.HEALTHY);
    }
    assertThat(dump()).doesNotContain("DAMAGED");
    Path another = segments(closed).get(0);
    Files.delete(another);
    assertReported(look(closed), another);
  }

  private String dump() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean whole =
        JournalDump.print(closed, new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertThat(whole).isEqualTo(!text.contains("DAMAGED"));
    return text;
  }

  /** Also when the spool was used meanwhile, and the newest numbers of all were lost. */
  @Test
  void segmentIsAllThereAgainWhenItIsPutBack() throws IOException {
    for (Path segment : segments(closed)) {
      Path spool = copy(closed);
      Path lost = spool.resolve(closed.relativize(segment));
      Path aside = directory.resolve("aside");
      Files.move(lost, aside);
      Map<SpoolId, byte[]> later = new LinkedHashMap<>();
      try (JournalSpool open = open(spool)) {
        for (SpoolId id : List.copyOf(stored.keySet()).subList(0, 40)) {
          later.put(id, message(7, 2000));
          open.store(id, message(7, 2000)).join();
        }
      }
      Files.move(aside, lost);
      try (JournalSpool open = open(spool)) {
        assertThat(open.health().state()).as(lost.toString()).isEqualTo(State.HEALTHY);
        stored.forEach(
            (id, message) ->
                assertThat(open.load(id).join()).isEqualTo(later.getOrDefault(id, message)));
      }
    }
  }

  @Test
  void allOfThemAreMissed() throws IOException {
    List<Path> lost = segments(closed);
    for (Path segment : lost) {
      Files.delete(segment);
    }
    Files.delete(closed.resolve("journal"));
    try (JournalSpool reader = JournalSpool.builder(closed).readOnly(true).open()) {
      assertThat(look(reader).corrupt).hasSameSizeAs(lost);
    }
    try (JournalSpool spool = open(closed)) {
      Seen seen = look(spool);
      assertThat(seen.health.state()).isEqualTo(State.DEGRADED);
      assertThat(seen.corrupt).hasSameSizeAs(lost);
      assertThat(seen.there).isEmpty();
      store(spool, 200);
    }
  }

  /** What is in it can still be read. */
  @Test
  void isMissedBeneathAnOpenSpoolByItsNextCleanup() throws IOException {
    try (JournalSpool spool = open(closed)) {
      Path lost = segments(closed).get(0);
      Files.delete(lost);
      spool.cleanup().join();
      Seen seen = look(spool);
      assertReported(seen, lost);
      assertThat(seen.there).isEqualTo(stored.keySet());
      spool.cleanup().join();
      assertThat(look(spool).corrupt).hasSize(1);
    }
  }

  /** Also if the spool is closed before what was in it could be copied. */
  @Test
  void nothingMoreIsStoredInASegmentThatIsMissing() throws IOException {
    for (Path segment : segments(killed)) {
      Path spool = copy(killed);
      Set<SpoolId> later = new HashSet<>();
      try (JournalSpool open = open(spool)) {
        Files.deleteIfExists(spool.resolve(killed.relativize(segment)));
        open.cleanup().join();
        for (int i = 100; i < 160; i++) { // so many that it would have another life
          SpoolId id = SpoolId.random();
          open.store(id, message(i, 3000)).join();
          stored.put(id, message(i, 3000));
          later.add(id);
        }
      }
      assertThat(look(spool).there).as(segment.toString()).containsAll(later);
    }
  }

  /** Nor in any other that is: with all of them the one that is written to is. */
  @Test
  void whatIsInThemIsCopiedIntoOthersAndStoresGoOnThere() throws IOException, Damage {
    UUID id = storeId();
    try (JournalSpool spool = open(closed)) {
      store(spool, 100);
      List<Path> lost = segments(closed);
      for (Path segment : lost) {
        Files.delete(segment);
      }
      spool.cleanup().join();
      for (int i = 101; i < 140; i++) {
        store(spool, i);
      }
      assertThat(look(spool).there).isEqualTo(stored.keySet());
      while (!RollCall.of(Disk.system(), closed.resolve("journal"), id).missing().isEmpty()) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    try (JournalSpool spool = open(closed)) {
      Seen seen = look(spool);
      assertThat(seen.there).isEqualTo(stored.keySet());
      assertThat(seen.health.state()).isEqualTo(State.HEALTHY);
    }
  }

  private UUID storeId() throws IOException {
    byte[] bytes = Files.readAllBytes(closed.resolve(ROSTER));
    return Objects.requireNonNull(RosterCopy.decode(ByteBuffer.wrap(bytes))).store();
  }

  /** Nobody is made to put it back, or to go on without it. */
  @Test
  void spoolIsOpenedAsOftenAsAnybodyLikesWhileOneIsMissing() throws IOException {
    Journals journals = new Journals();
    Segments segments = journals.segments();
    Journal journal = journals.open().journal();
    for (int opening = 0; opening < 200_000; opening++) {
      segments.skipGenerations();
      journal.skipSequences();
    }
    assertThat(segments.nextOrder()).isBetween(1 << 30, Integer.MAX_VALUE - (1 << 20));
    journal.store(Journals.id(1), message(1, 100));
    journal.force();
    assertThat(Objects.requireNonNull(journal.index().get(Journals.id(1))).sequence())
        .isBetween(1L << 46, Index.LAST_SEQUENCE - (1L << 38));
  }

  @Test
  void spoolWithoutARosterIsOpenedAndGetsOne() throws IOException {
    for (Path spool : List.of(killed, closed)) {
      Files.delete(spool.resolve(ROSTER));
      try (JournalSpool open = open(spool)) {
        Seen seen = look(open);
        assertThat(seen.health.state()).isEqualTo(State.HEALTHY);
        assertThat(seen.there).isEqualTo(stored.keySet());
      }
      Path lost = segments(spool).get(0);
      Files.delete(lost);
      assertReported(look(spool), lost);
    }
  }

  /** It may be that segments are missing, and nobody can tell: that is told until it is deleted. */
  @Test
  void rosterThatCannotBeReadIsToldAndLeftAlone() throws IOException {
    Path roster = closed.resolve(ROSTER);
    byte[] bytes = Files.readAllBytes(roster);
    bytes[20] ^= 1;
    bytes[bytes.length / 2 + 20] ^= 1;
    assertIsToldAndLeftAlone(bytes);
    assertIsToldAndLeftAlone(new byte[0]);
    assertIsToldAndLeftAlone(new byte[10_000]);
    Path other = directory.resolve("other");
    open(other).close();
    assertIsToldAndLeftAlone(Files.readAllBytes(other.resolve(ROSTER)));
    Files.delete(roster);
    assertThat(look(closed).health.state()).isEqualTo(State.HEALTHY);
  }

  private void assertIsToldAndLeftAlone(byte[] bytes) throws IOException {
    Path roster = closed.resolve(ROSTER);
    Files.write(roster, bytes);
    for (int opening = 0; opening < 2; opening++) {
      try (JournalSpool reader = JournalSpool.builder(closed).readOnly(true).open()) {
        assertThat(look(reader).corrupt).singleElement().asString().endsWith(ROSTER);
      }
      try (JournalSpool spool = open(closed)) {
        Seen seen = look(spool);
        assertThat(seen.health.state()).isEqualTo(State.DEGRADED);
        assertThat(seen.health.reason()).contains(ROSTER);
        assertThat(seen.corrupt).singleElement().asString().endsWith(ROSTER);
        assertThat(seen.there).isEqualTo(stored.keySet());
        store(spool, 300 + opening);
        spool.compact().join();
      }
      assertThat(roster).hasBinaryContent(bytes);
    }
  }

  @Test
  void oneCopyOfTheRosterIsEnoughAndTheOtherIsMended() throws IOException {
    Path roster = closed.resolve(ROSTER);
    for (int at : new int[] {20, Format.BLOCK + 20, 48, Format.BLOCK + 48}) {
      byte[] bytes = Files.readAllBytes(roster);
      bytes[at] ^= 1;
      Files.write(roster, bytes);
      Path without = copy(closed);
      Path lost = segments(without).get(0);
      Files.delete(lost);
      assertReported(look(without), lost);
      try (JournalSpool spool = open(closed)) {
        assertThat(look(spool).health.state()).isEqualTo(State.HEALTHY);
      }
      byte[] mended = Files.readAllBytes(roster);
      assertThat(mended).hasSize(2 * Format.BLOCK);
      for (int i = 0; i < Format.BLOCK; i++) {
        assertThat(mended[i]).isEqualTo(mended[Format.BLOCK + i]);
      }
    }
  }

  @Test
  void copyOfTheRosterThatTheDeviceDoesNotReadIsNotNeeded() throws IOException {
    Path lost = segments(closed).get(0);
    Files.delete(lost);
    FaultyDisk disk = new FaultyDisk(Disk.system());
    for (int copy = 0; copy < 2; copy++) {
      AtomicInteger reads = new AtomicInteger();
      int failing = copy;
      disk.failNext(
          Operation.READ,
          path -> path.endsWith(ROSTER) && reads.getAndIncrement() == failing,
          new IOException("Input/output error"));
      try (JournalSpool spool = builder(closed).disk(disk).open()) {
        assertReported(look(spool), lost);
      }
      assertThat(reads).hasValueGreaterThan(failing);
    }
    for (int copy = 0; copy < 2; copy++) {
      disk.failNext(
          Operation.READ, path -> path.endsWith(ROSTER), new IOException("Input/output error"));
    }
    assertThatThrownBy(() -> builder(closed).disk(disk).open())
        .isInstanceOfSatisfying(
            SpoolException.class,
            e -> assertThat(e.detail()).contains(ROSTER, "delete it", "Input/output error"));
  }

  /** Of two that say the same of themselves one is an old copy, and nobody knows which. */
  @Test
  void segmentThatHasTheGenerationOfAnotherIsDamaged() throws IOException {
    List<Path> all = segments(closed);
    byte[] second = Files.readAllBytes(all.get(1));
    SegmentHeader first = header(Files.readAllBytes(all.get(0)));
    SegmentHeader header = header(second);
    SegmentHeader forged =
        new SegmentHeader(
            header.state(),
            header.store(),
            header.number(),
            first.generation(),
            header.salt(),
            header.length());
    forged.encode().get(second, 0, Format.BLOCK);
    forged.encode().get(second, Format.HEADER_COPY_AT, Format.BLOCK);
    Files.write(all.get(1), second);
    Seen seen = look(closed);
    assertThat(seen.health.state()).isEqualTo(State.DEGRADED);
    assertThat(seen.corrupt)
        .singleElement()
        .asString()
        .endsWith(all.get(1).getFileName().toString());
  }

  private static SegmentHeader header(byte[] segment) {
    return Objects.requireNonNull(SegmentHeader.decode(ByteBuffer.wrap(segment)));
  }
}
