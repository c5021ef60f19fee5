package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Few go alone, many together. */
class CrowdTest {
  private final Crowd crowd = new Crowd(32);

  @Test
  void fewAreNoneHoweverManyFollowEachOther() {
    for (int i = 0; i < 1000; i++) {
      boolean many = enter(16);
      crowd.leave(16);
      assertThat(many).isFalse();
    }
  }

  @Test
  void manyAreOneAlsoJustAfterAllOfThemHaveGone() {
    assertThat(enter(64)).isTrue();
    crowd.leave(64);
    assertThat(enter(31)).isTrue();
  }

  @Test
  void itIsOverWhenFewHaveComeForAWhile() {
    assertThat(enter(64)).isTrue();
    crowd.leave(64);
    boolean many = true;
    for (int i = 0; i < 100; i++) {
      many = enter(1);
      crowd.leave(1);
    }
    assertThat(many).isFalse();
  }

  /** Returns what the last one is told. */
  private boolean enter(int count) {
    boolean many = false;
    for (int i = 0; i < count; i++) {
      many = crowd.enter();
    }
    return many;
  }
}
