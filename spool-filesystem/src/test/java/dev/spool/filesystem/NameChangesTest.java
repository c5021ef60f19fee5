package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a force that succeeds proves behind one that has failed. */
class NameChangesTest {
  private final NameChanges names = new NameChanges();

  private long make() {
    long change = names.next();
    names.made(change);
    return change;
  }

  private boolean force() {
    return names.forced(names.last(), names.lastMade());
  }

  @Test
  void forceProvesWhatItCovers() {
    long change = make();
    assertThat(names.isForced(change)).isFalse();
    assertThat(force()).isTrue();
    assertThat(names.isForced(change)).isTrue();
  }

  @Test
  void forceBehindOneThatHasFailedProvesNothingUntilANameIsChanged() {
    long change = make();
    names.failed();
    assertThat(force()).isFalse();
    long refused = names.next();
    assertThat(force()).as("with a change that came to nothing").isFalse();
    assertThat(names.areInDoubt()).isTrue();
    assertThat(names.isForced(change)).isFalse();
    assertThat(names.isForced(refused)).isFalse();
    make();
    assertThat(force()).isTrue();
    assertThat(names.areInDoubt()).isFalse();
    assertThat(names.areForced()).isTrue();
  }

  @Test
  void changeThatWasBegunBeforeTheFailureProvesNothing() {
    long change = names.next();
    names.failed();
    names.made(change);
    assertThat(force()).isFalse();
  }

  @Test
  void changeThatIsMadeDuringAForceProvesNothingBehindIt() {
    make();
    names.failed();
    long change = names.next();
    long covered = names.last();
    long made = names.lastMade();
    names.made(change);
    assertThat(names.forced(covered, made)).isFalse();
    assertThat(force()).isTrue();
  }

  @Test
  void nothingIsInDoubtOfWhatIsGone() {
    make();
    names.failed();
    names.gone(names.last());
    assertThat(names.areInDoubt()).isFalse();
    long refused = names.next();
    assertThat(force()).isTrue();
    assertThat(names.isForced(refused)).isTrue();
    make();
    names.failed();
    assertThat(names.areInDoubt()).as("what has failed behind it").isTrue();
  }
}
