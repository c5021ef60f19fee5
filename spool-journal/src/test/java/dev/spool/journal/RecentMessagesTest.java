package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentMessagesTest {
  private final RecentMessages recent = new RecentMessages();

  private byte[] add(int number, long sequence, int length) {
    byte[] message = message(number, length);
    recent.add(id(number), sequence, message, RecordHeader.crc(message));
    return message;
  }

  @Test
  void returnsCopyOfWhatCounts() {
    byte[] message = add(1, 7, 100);
    assertThat(recent.get(id(1), 7)).isEqualTo(message).isNotSameAs(message);
  }

  @Test
  void returnsNothingForAnotherValueOfTheSameMessage() {
    byte[] unused = add(1, 7, 100);
    assertThat(recent.get(id(1), 8)).isNull();
  }

  @Test
  void returnsNothingWhenSomebodyHasModifiedTheArray() {
    byte[] message = add(1, 7, 100);
    message[50]++;
    assertThat(recent.get(id(1), 7)).isNull();
  }

  @Test
  void holdsNoMoreThanItMayAndTheLatest() {
    int length = 64 << 10;
    int most = RecentMessages.MOST_BYTES / length;
    for (int i = 0; i < 3 * most; i++) {
      byte[] unused = add(i, i, length);
    }
    int held = 0;
    for (int i = 0; i < 3 * most; i++) {
      held += recent.get(id(i), i) == null ? 0 : 1;
    }
    assertThat(held).isPositive().isLessThanOrEqualTo(most);
    assertThat(recent.get(id(3 * most - 1), 3 * most - 1)).isNotNull();
    assertThat(recent.clear()).isEqualTo(RecentMessages.MOST_BYTES);
    assertThat(recent.get(id(3 * most - 1), 3 * most - 1)).isNull();
  }

  @Test
  void leavesLargeMessagesOut() {
    byte[] unused = add(1, 7, (64 << 10) + 1);
    assertThat(recent.get(id(1), 7)).isNull();
  }
}
