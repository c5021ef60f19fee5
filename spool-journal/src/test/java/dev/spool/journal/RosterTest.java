package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.journal.Replay.RosterWas;
import dev.spool.journal.SegmentHeader.State;
import dev.spool.support.DiskFile;
import dev.spool.testkit.PowerCutDisk;
import dev.spool.testkit.PowerCutDisk.PowerFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The list of segments says what it said before a change or after it, whenever that is cut short.
 */
class RosterTest {
  private static final Path SEGMENTS = Path.of("/spool/journal");
  private static final UUID STORE = new UUID(3, 4);

  /** One that takes a second block, and one that takes many. */
  private static final List<Integer> NUMBERS = List.of(0, 5, 1, 40_000, 2, 1_000_000, 3);

  private final PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(5));

  private Roster open() throws IOException {
    disk.createDirectories(SEGMENTS);
    return Roster.open(disk, SEGMENTS, STORE, new Rules());
  }

  private BitSet listed() throws IOException, Damage {
    return Objects.requireNonNull(Roster.peek(disk, SEGMENTS, STORE)).numbers();
  }

  private static BitSet of(int... numbers) {
    BitSet all = new BitSet();
    for (int number : numbers) {
      all.set(number);
    }
    return all;
  }

  @Test
  void whatIsAddedIsListedUntilItIsRemoved() throws IOException, Damage {
    Roster roster = open();
    assertThat(roster.isAbsent()).isTrue();
    assertThat(roster.establish(of(7), false)).isTrue();
    BitSet expected = of(7);
    for (int number : NUMBERS) {
      roster.add(number);
      expected.set(number);
      assertThat(listed()).isEqualTo(expected);
    }
    roster.close();
    Roster again = open();
    assertThat(again.listed()).isEqualTo(expected);
    assertThat(again.establish(expected, false)).isTrue();
    for (int number : NUMBERS) {
      again.remove(number);
      expected.clear(number);
      assertThat(listed()).isEqualTo(expected);
    }
  }

  /** As the format page has it; the checksum is of the 48 bytes without itself, and the list. */
  @Test
  void layoutIsThatOfTheFormatPage() {
    ByteBuffer copy = new RosterCopy(STORE, 258, of(0, 3, 8)).encode();
    assertThat(copy.limit()).isEqualTo(Format.BLOCK);
    byte[] beginning = new byte[52];
    copy.get(0, beginning);
    assertThat(HexFormat.of().formatHex(beginning))
        .isEqualTo(
            "53504f4f4c524f53"
                + "cc1a204f"
                + "00010000"
                + "0000000000000003"
                + "0000000000000004"
                + "0000000000000102"
                + "00000002"
                + "00000000"
                + "0901"
                + "0000");
    assertThat(RosterCopy.decode(copy)).isEqualTo(new RosterCopy(STORE, 258, of(0, 3, 8)));
  }

  /** What a file is named that the spool has not made is not listed: it could not be read then. */
  @Test
  void everyNumberThatASegmentCanHaveCanBeListed() {
    int highest = Format.number("000ffffe.seg").orElseThrow();
    RosterCopy copy = new RosterCopy(STORE, 1, of(highest));
    assertThat(RosterCopy.decode(copy.encode())).isEqualTo(copy);
    assertThat(Format.number("000fffff.seg")).isEmpty();
  }

  /** A spool of a TiB in segments of 64 MiB has a roster of two blocks. */
  @Test
  void isSmall() throws IOException {
    BitSet all = new BitSet();
    all.set(0, (1 << 20) / 64);
    assertThat(open().establish(all, false)).isTrue();
    assertThat(disk.facts(SEGMENTS.resolveSibling("ROSTER")).length()).isEqualTo(8192);
  }

  @Test
  void openingThatFindsItAsItIsToBeWritesNothing() throws IOException {
    Roster roster = open();
    assertThat(roster.establish(of(1, 2), false)).isTrue();
    roster.close();
    long before = disk.changes();
    assertThat(open().establish(of(1, 2), false)).isTrue();
    assertThat(disk.changes() - before).as("forces of its name and of it").isEqualTo(2);
  }

  /** Whether it is the process that ends or the power. */
  @Test
  void changeThatIsCutShortHasHappenedOrNot() throws IOException, Damage {
    for (int seed = 0; seed < 40; seed++) {
      boolean cut = true;
      for (int changes = 0; cut; changes++) {
        cut = new RosterTest().isCutShort(seed, changes);
      }
    }
  }

  private boolean isCutShort(int seed, int changes) throws IOException, Damage {
    SplittableRandom random = new SplittableRandom(1000L * seed + changes);
    Roster roster = open();
    BitSet before = of(9);
    assertThat(roster.establish(before, false)).isTrue();
    disk.cutAfter(changes);
    BitSet after = (BitSet) before.clone();
    boolean cut = false;
    try {
      for (int number : NUMBERS) {
        before = (BitSet) after.clone();
        after.set(number);
        roster.add(number);
      }
      for (int number : NUMBERS) {
        before = (BitSet) after.clone();
        after.clear(number);
        roster.remove(number);
      }
      before = after;
    } catch (PowerFailure e) {
      cut = true;
    }
    for (int openings = 0; openings < 4; openings++) {
      if (random.nextBoolean()) {
        disk.kill();
      } else {
        disk.restart();
      }
      BitSet found = listed();
      assertThat(found).isIn(before, after);
      disk.cutAfter(random.nextInt(5));
      try {
        Roster opened = open();
        assertThat(opened.damage()).isNull();
        assertThat(opened.establish(found, random.nextBoolean())).isTrue();
        before = found; // and nothing else may come back
        after = found;
      } catch (PowerFailure e) {
        // again
      }
    }
    return cut;
  }

  @Test
  void nothingIsWrittenAfterAFailureBeforeItIsOpenedAgain() throws IOException, Damage {
    Roster roster = open();
    assertThat(roster.establish(of(1), false)).isTrue();
    disk.failNextForce();
    assertThatThrownBy(() -> roster.add(2)).isInstanceOf(IOException.class);
    assertThat(roster.hasFailed()).isTrue();
    long before = disk.changes();
    assertThatThrownBy(() -> roster.add(3)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> roster.remove(1)).isInstanceOf(IOException.class);
    assertThat(disk.changes()).isEqualTo(before);
    roster.close();
    assertThat(open().establish(of(1, 2), true)).isTrue();
    disk.restart();
    assertThat(listed()).isEqualTo(of(1, 2));
  }

  /** A failed sync is final for its file: another one takes its place, as far as there is room. */
  @Test
  void fileOfWhichASyncHasFailedIsNotWrittenToAgain() throws IOException, Damage {
    assertThat(open().establish(of(1), false)).isTrue();
    Path path = SEGMENTS.resolveSibling(Roster.FILE);
    try (DiskFile before = disk.openRead(path)) {
      assertThat(open().establish(of(1, 2), true)).isTrue();
      ByteBuffer bytes = ByteBuffer.allocate((int) before.size());
      before.readFully(bytes, 0);
      assertThat(Objects.requireNonNull(RosterCopy.decode(bytes.flip())).numbers())
          .isEqualTo(of(1));
    }
    disk.restart();
    assertThat(listed()).isEqualTo(of(1, 2));
    disk.capacity(2 * Format.BLOCK);
    assertThat(open().establish(of(1, 2, 3), true)).isTrue();
    disk.restart();
    assertThat(listed()).isEqualTo(of(1, 2, 3));
  }

  /** The device may take another file where it does not take this one any more. */
  @Test
  void rosterThatCannotBeWrittenOverIsReplaced() throws IOException, Damage {
    assertThat(open().establish(of(1), false)).isTrue();
    Roster roster = open();
    disk.failNextForce();
    assertThat(roster.establish(of(1, 2), false)).isTrue();
    roster.add(3);
    disk.restart();
    assertThat(listed()).isEqualTo(of(1, 2, 3));
  }

  @Test
  void spoolWithoutRoomForOneHasNone() throws IOException {
    disk.capacity(Format.BLOCK);
    Roster roster = open();
    assertThat(roster.establish(of(1), false)).isFalse();
    roster.add(2);
    roster.remove(1);
    assertThat(disk.exists(SEGMENTS.resolveSibling("ROSTER"))).isFalse();
    disk.capacity(Long.MAX_VALUE);
    assertThat(open().establish(of(1), false)).isTrue();
  }

  @Test
  void openingTellsThatThereWasNone() throws IOException {
    Journals journals = new Journals();
    Journal journal = journals.open().journal();
    journal.store(Journals.id(1), Journals.message(1, 1000));
    journal.finish();
    assertThat(journals.open().roster()).isEqualTo(RosterWas.KEPT);
    assertThat(journals.disk.deleteIfExists(Journals.ROSTER_FILE)).isTrue();
    journals.disk.capacity(Journals.SEGMENT);
    for (int opening = 0; opening < 2; opening++) {
      Replay.Opened opened = journals.open();
      assertThat(opened.roster()).isEqualTo(RosterWas.WITHOUT_ROOM);
      assertThat(Journals.load(opened.journal(), Journals.id(1))).hasSize(1000);
    }
    journals.disk.capacity(Journals.SEGMENT + Journals.ROSTER);
    assertThat(journals.open().roster()).isEqualTo(RosterWas.ABSENT);
    assertThat(journals.open().roster()).isEqualTo(RosterWas.KEPT);
  }

  /**
   * What its failed sync has left is written again by the next opening, which has to know of it.
   */
  @Test
  void failureOfItIsNotForgottenThoughSomethingElseHasFailedFirst() throws IOException {
    Journals journals = new Journals();
    Set<Integer> distrusted = new HashSet<>();
    Journal journal =
        Replay.open(journals.segments(), new Rules(), distrusted, Format.BLOCK).journal();
    Segment made = journal.segments().make(State.FREE, Journals.SEGMENT);
    journal.breakDown(null);
    journals.disk.failNextForce();
    assertThatThrownBy(() -> journal.segments().delete(made)).hasMessageContaining(Roster.FILE);
    assertThat(journal.isBroken()).isTrue();
    assertThat(distrusted).contains(Roster.NUMBER);
  }

  @Test
  void segmentThatIsUsedAgainTakesNoWriteOfIt() throws IOException {
    Journals journals = new Journals();
    Journal journal = journals.open().journal();
    for (int i = 0; i < 4; i++) {
      journal.pool().addFree(journal.segments().make(State.FREE, Journals.SEGMENT));
    }
    byte[] before = journals.bytes(Journals.ROSTER_FILE);
    int ended = 0;
    for (int i = 0; i < 50; i++) {
      journal.store(Journals.id(i), Journals.message(i, 10_000));
      journal.force();
      assertThat(journal.remove(Journals.id(i))).isTrue();
      journal.force();
      ended += journal.reclaim();
      journal.prepare();
    }
    assertThat(ended).isGreaterThan(5);
    assertThat(journals.bytes(Journals.ROSTER_FILE)).isEqualTo(before);
  }
}
