package dev.spool.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.Spools;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class MemorySpoolTest {

  @Test
  void aStoreThatDoesNotFitFailsAndStoresAreRefusedUntilAFifthIsFree() {
    try (Spool spool = Spools.open("memory:full?maxBytes=1000")) {
      SpoolId first = SpoolId.random();
      SpoolId second = SpoolId.random();
      spool.store(first, new byte[150]).join();
      spool.store(second, new byte[800]).join();
      assertFull(spool, new byte[51]);
      assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertFull(spool, new byte[1]);
      assertThat(spool.load(second).join()).hasSize(800);

      spool.remove(first).join();

      assertThat(spool.unhealthyReason()).isNull();
      spool.store(SpoolId.random(), new byte[200]).join();
    }
  }

  @Test
  void oneMessageThatIsTooLargeForTheRestDoesNotStopOthers() {
    try (Spool spool = Spools.open("memory:large?maxBytes=1000")) {
      spool.store(SpoolId.random(), new byte[500]).join();
      assertFull(spool, new byte[501]);
      assertThat(spool.unhealthyReason()).isNull();
      spool.store(SpoolId.random(), new byte[500]).join();
    }
  }

  @Test
  void replacingCountsTheDifferenceOnly() {
    try (Spool spool = Spools.open("memory:replaced?maxBytes=1000")) {
      SpoolId id = SpoolId.random();
      for (int i = 0; i < 10; i++) {
        spool.store(id, new byte[900]).join();
      }
      assertThat(spool.stats().value("memory.bytes")).hasValue(900);
      spool.remove(id).join();
      spool.remove(id).join();
      assertThat(spool.stats().value("memory.bytes")).hasValue(0);
    }
  }

  @Test
  void aNameIsTakenOnceAtATime() {
    try (Spool spool = Spools.open("memory:taken")) {
      assertThatThrownBy(() -> Spools.open("memory:taken"))
          .isInstanceOf(SpoolLockedException.class);
      assertThat(spool.stats().name()).isEqualTo("taken");
    }
    Spools.open("memory:taken").close();
  }

  @Test
  void spoolsWithoutANameDoNotMeet() {
    try (Spool one = MemorySpool.open();
        Spool other = MemorySpool.open()) {
      SpoolId id = SpoolId.random();
      one.store(id, new byte[] {1}).join();
      other.store(id, new byte[] {2}).join();
      assertThat(one.load(id).join()).containsExactly(1);
    }
  }

  @Test
  void whatCannotBeIsRefusedAtOpening() {
    assertThatIllegalArgumentException().isThrownBy(() -> Spools.open("memory:x?maxBytes=0"));
    assertThatIllegalArgumentException().isThrownBy(() -> Spools.open("memory:x?readOnly=true"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Spools.open("memory:x?maxByte=5"))
        .withMessageContaining("maxBytes");
  }

  private static void assertFull(Spool spool, byte[] data) {
    assertThatThrownBy(() -> spool.store(SpoolId.random(), data).join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            SpoolFullException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
  }
}
