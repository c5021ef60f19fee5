package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoubtsTest {
  private final Doubts doubts = new Doubts();
  private final SpoolId id = SpoolId.random();

  @Test
  void idIsInDoubtUntilItIsSettled() {
    assertThat(doubts.contains(id)).isFalse();
    doubts.add(id);
    doubts.add(id);
    assertThat(doubts.contains(id)).isTrue();
    assertThat(doubts.count()).isEqualTo(1);
    doubts.settle(id);
    assertThat(doubts.contains(id)).isFalse();
    assertThat(doubts.count()).isZero();
  }

  @Test
  void settlingAnIdThatIsNotInDoubtSettlesNoOther() {
    SpoolId other = otherOfTheSameSlot();
    doubts.add(id);
    doubts.settle(other);
    assertThat(doubts.contains(id)).isTrue();
    assertThat(doubts.contains(other)).isFalse();
  }

  @Test
  void idsThatMeetStayInDoubt() {
    SpoolId other = otherOfTheSameSlot();
    doubts.add(id);
    doubts.add(other);
    doubts.settle(id);
    doubts.settle(other);
    assertThat(doubts.contains(id)).isTrue();
    assertThat(doubts.contains(other)).isTrue();
    assertThat(doubts.contains(otherOfTheSameSlot())).isTrue();
  }

  @Test
  void noIdIsForgottenHoweverManyThereAre() {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      ids.add(SpoolId.random());
      doubts.add(ids.get(i));
    }
    assertThat(ids).allMatch(doubts::contains);
    assertThat(doubts.count()).isLessThanOrEqualTo(Doubts.SLOTS);
  }

  private SpoolId otherOfTheSameSlot() {
    SpoolId other = SpoolId.random();
    while (Doubts.slot(other) != Doubts.slot(id)) {
      other = SpoolId.random();
    }
    return other;
  }
}
