package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.load;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What was on stable storage and is not there any more is damage; what never was is none. */
class DamageTest {
  private final Journals journals = new Journals();

  /** Stores two messages, each synced by itself, and returns where the first one is. */
  private Index.Entry twoSynced() throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 1000));
    journal.force();
    journal.store(id(2), message(2, 1000));
    journal.force();
    return Objects.requireNonNull(journal.index().get(id(1)));
  }

  @Test
  void damagedPayloadBelowTheMarkIsTheMessagesDamage() throws IOException {
    Index.Entry first = twoSynced();
    journals.disk.rot(Journals.path(first.segment()), first.position() + 100);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).isEmpty();
    assertThatThrownBy(() -> opened.journal().load(id(1))).isInstanceOf(Damage.class);
    assertThat(load(opened.journal(), id(2))).isEqualTo(message(2, 1000));
  }

  @Test
  void damagedHeaderBelowTheMarkIsReportedAndTheRestIsServed() throws IOException {
    Index.Entry first = twoSynced();
    journals.disk.rot(Journals.path(first.segment()), first.position() + 20);
    for (int opening = 0; opening < 3; opening++) {
      Replay.Opened opened = journals.open();
      assertThat(opened.damages()).hasSize(1);
      assertThat(load(opened.journal(), id(1))).isNull();
      assertThat(load(opened.journal(), id(2))).isEqualTo(message(2, 1000));
      opened.journal().finish();
    }
  }

  /** As a sector that was lost: what is behind it is at the beginning of a block. */
  @Test
  void recordsOfWhichOnlyZerosAreLeftAreReported() throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 400));
    journal.store(id(2), message(2, 400));
    journal.force();
    journal.store(id(3), message(3, 1000));
    journal.force();
    Index.Entry second = Objects.requireNonNull(journal.index().get(id(2)));
    zeros(second, RecordHeader.BYTES + 400);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).hasSize(1);
    assertThat(load(opened.journal(), id(1))).isEqualTo(message(1, 400));
    assertThat(load(opened.journal(), id(3))).isEqualTo(message(3, 1000));
  }

  /** Which the marks do not tell of: the whole block was synced later. */
  @Test
  void recordOfWhichOnlyZerosAreLeftAmongOthersIsReported() throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 1; i <= 4; i++) {
      journal.store(id(i), message(i, 400));
    }
    journal.force();
    journal.store(id(5), message(5, 1000));
    journal.force();
    zeros(Objects.requireNonNull(journal.index().get(id(2))), RecordHeader.BYTES + 400);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).hasSize(1);
    assertThat(load(opened.journal(), id(1))).isEqualTo(message(1, 400));
    assertThat(load(opened.journal(), id(5))).isEqualTo(message(5, 1000));
  }

  @Test
  void lastRecordOfASegmentOfWhichOnlyZerosAreLeftIsReported() throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 400));
    journal.store(id(2), message(2, 400));
    journal.finish();
    journal.store(id(3), message(3, 400));
    journal.force();
    Index.Entry second = Objects.requireNonNull(journal.index().get(id(2)));
    zeros(second, RecordHeader.BYTES + 400);
    journals.disk.rot(Journals.path(second.segment()), Format.trailerAt(Journals.SEGMENT) + 20);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).hasSize(1);
    assertThat(load(opened.journal(), id(1))).isEqualTo(message(1, 400));
  }

  /** Nobody makes a file longer: something was put into it, and what is behind that has moved. */
  @Test
  void segmentThatHasBecomeLongerIsReported() throws IOException {
    Index.Entry first = twoSynced();
    Path path = Journals.path(first.segment());
    try (DiskFile file = journals.disk.openWrite(path)) {
      ByteBuffer behind = ByteBuffer.allocate((int) (file.size() - first.position()));
      file.readFully(behind, first.position());
      file.write(behind.flip(), first.position() + Format.BLOCK / 2);
      file.force(true);
    }
    for (int opening = 0; opening < 2; opening++) {
      Replay.Opened opened = journals.open();
      assertThat(opened.damages()).extracting(Damage::error).anyMatch(it -> it.contains("longer"));
      opened.journal().store(id(3), message(3, 1000));
      opened.journal().finish();
    }
  }

  private void zeros(Index.Entry at, int count) throws IOException {
    try (DiskFile file = journals.disk.openWrite(Journals.path(at.segment()))) {
      file.write(ByteBuffer.allocate(count), at.position());
      file.force(false);
    }
  }

  /** Documented as what cannot be told apart: nothing was written behind it. */
  @Test
  void damageOfTheLastGroupLooksLikeATornWrite() throws IOException {
    twoSynced();
    Journal journal = journals.open().journal();
    journal.store(id(3), message(3, 1000));
    journal.force();
    Index.Entry third = Objects.requireNonNull(journal.index().get(id(3)));
    journals.disk.rot(Journals.path(third.segment()), third.position() + 20);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).isEmpty();
    assertThat(load(opened.journal(), id(3))).isNull();
  }

  @Test
  void sealEndsThat() throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(3), message(3, 1000));
    journal.finish();
    Index.Entry third = Objects.requireNonNull(journal.index().get(id(3)));
    journals.disk.rot(Journals.path(third.segment()), third.position() + 20);
    assertThatThrownBy(() -> journals.open().journal().load(id(3))).isInstanceOf(Damage.class);
  }

  @Test
  void nextSegmentTellsThatTheOneBeforeWasSynced() throws IOException {
    Journal journal = journals.open().journal();
    int last = 0;
    do {
      last++;
      journal.store(id(last), message(last, 10_000));
      journal.force();
    } while (number(journal, last) == number(journal, 1));
    Index.Entry inFirst = Objects.requireNonNull(journal.index().get(id(last - 1)));
    journals.disk.rot(Journals.path(inFirst.segment()), inFirst.position() + 100);
    journals.disk.rot(Journals.path(inFirst.segment()), Format.trailerAt(Journals.SEGMENT) + 20);
    int damaged = last - 1;
    assertThatThrownBy(() -> journals.open().journal().load(id(damaged)))
        .isInstanceOf(Damage.class);
  }

  private static int number(Journal journal, int i) {
    return Objects.requireNonNull(journal.index().get(id(i))).segment();
  }

  @Test
  void oneCopyOfTheHeaderIsEnough() throws IOException {
    for (long copy : new long[] {0, Format.HEADER_COPY_AT}) {
      Index.Entry first = twoSynced();
      journals.disk.rot(Journals.path(first.segment()), copy + 33);
      Replay.Opened opened = journals.open();
      assertThat(opened.damages()).isEmpty();
      assertThat(load(opened.journal(), id(1))).isEqualTo(message(1, 1000));
    }
  }

  @Test
  void segmentWithoutAHeaderIsLeftAloneAndNoTombstoneIsDropped() throws IOException {
    Index.Entry first = twoSynced();
    journals.disk.rot(Journals.path(first.segment()), 33);
    journals.disk.rot(Journals.path(first.segment()), Format.HEADER_COPY_AT + 33);
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).hasSize(1);
    assertThat(journals.disk.exists(Journals.path(first.segment()))).isTrue();
    Journal journal = opened.journal();
    journal.store(id(5), message(5, 100));
    journal.finish();
    boolean unused = journal.remove(id(5));
    journal.finish();
    assertThat(journal.reclaim()).as("the segment of the message").isEqualTo(1);
    assertThat(journal.pool().present()).as("that of its tombstone").hasSize(1);
  }

  @Test
  void segmentOfAnotherPlaceIsLeftAlone() throws IOException {
    Index.Entry first = twoSynced();
    journals.disk.rename(Journals.path(first.segment()), Journals.path(77));
    Replay.Opened opened = journals.open();
    assertThat(opened.damages())
        .extracting(Damage::location)
        .containsExactlyInAnyOrder(
            Journals.path(first.segment()).toString(), Journals.path(77).toString());
    assertThat(journals.disk.exists(Journals.path(77))).isTrue();
  }

  @Test
  void damagedMessageThatIsRemovedLetsItsSegmentGo() throws IOException {
    Index.Entry first = twoSynced();
    journals.disk.rot(Journals.path(first.segment()), first.position() + 100);
    Journal journal = journals.open().journal();
    assertThat(journals.disk.exists(Journals.path(first.segment()))).isTrue();
    boolean unused = journal.remove(id(1));
    journal.force();
    assertThat(journal.reclaim()).isEqualTo(1);
    assertThat(load(journals.open().journal(), id(1))).isNull();
  }
}
