package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null and misuse throw at once, and change nothing. */
@SuppressWarnings({"NullAway", "DataFlowIssue"}) // passing null is the point
public interface MisuseContract extends BackendContract {

  /** Null for an id, a message, a durability, a channel, a time or a directory throws at once. */
  @Test
  default void nullThrowsAtOnce(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      EntryChannel channel = EntryChannel.bounded(1, 1);
      assertThatNullPointerException().isThrownBy(() -> spool.load(null));
      assertThatNullPointerException().isThrownBy(() -> spool.store(null, new byte[1]));
      assertThatNullPointerException().isThrownBy(() -> spool.store(id, null));
      assertThatNullPointerException().isThrownBy(() -> spool.store(id, new byte[1], null, null));
      assertThatNullPointerException().isThrownBy(() -> spool.remove(null));
      assertThatNullPointerException().isThrownBy(() -> spool.remove(id, null, null));
      assertThatNullPointerException().isThrownBy(() -> spool.enumerate(null));
      assertThatNullPointerException().isThrownBy(() -> spool.enumerate(channel, null));
      assertThatNullPointerException().isThrownBy(() -> spool.list(null));
      assertThatNullPointerException().isThrownBy(() -> spool.list(channel, null));
      assertThatNullPointerException().isThrownBy(() -> spool.quarantine(null, dir));
      assertThatNullPointerException().isThrownBy(() -> spool.quarantine(id, null));
      Check.holdsExactly(spool, Map.of());
    }
  }

  /** A null deadline is no misuse: it stands for none. */
  @Test
  default void nullDeadlineIsNone(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10), Durability.BUFFERED, null));
      Check.holds(spool, id, Messages.of(1, 10));
      Check.get(spool.remove(id, Durability.BUFFERED, null));
      Check.absent(spool, id);
    }
  }

  /** A setting that nobody knows is refused, by name, and leaves the spool free to be opened. */
  @Test
  default void unknownSettingIsRefused(@TempDir Path dir) {
    Path spool = dir.resolve("spool");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> openByUri(spool, "noSuchSetting=1"))
        .withMessageContaining("noSuchSetting");
    open(spool).close();
  }

  /**
   * A setting whose value cannot be read is refused, by name, and leaves the spool free to be
   * opened.
   */
  @Test
  default void malformedSettingIsRefused(@TempDir Path dir) {
    Path spool = dir.resolve("spool");
    String setting = has(Trait.MESSAGE_LIMIT) ? "maxMessageSize" : "noSuchSetting";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> openByUri(spool, setting + "=banana"))
        .withMessageContaining(setting);
    open(spool).close();
  }

  /** The provider is found by its scheme, and opens what the fixture opens. */
  @Test
  default void openedByUri(@TempDir Path dir) {
    SpoolId id = SpoolId.random();
    try (Spool spool = Spools.open(fixture().uri(dir))) {
      Check.get(spool.store(id, Messages.of(1, 10)));
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 10)));
    }
  }

  /** What goes wrong is told without a byte of any message. */
  @Test
  default void failuresHoldNoPayload(@TempDir Path dir) {
    byte[] secret = "payload-that-must-not-leak".getBytes(StandardCharsets.US_ASCII);
    Spool spool = open(dir);
    SpoolId id = SpoolId.random();
    Check.get(spool.store(id, secret));
    SpoolException whole = Check.failure(spool.quarantine(id, dir.resolve("aside")));
    assertThat(whole + whole.detail()).doesNotContain("must-not-leak");
    assertThat(Check.enumerate(spool).entries().toString()).doesNotContain("must-not-leak");
    assertThat(spool.stats().toString() + spool.health()).doesNotContain("must-not-leak");
    spool.close();
    SpoolException closed = Check.failure(spool.store(id, secret));
    assertThat(closed + closed.detail()).doesNotContain("must-not-leak");
  }

  private Spool openByUri(Path directory, String setting) {
    String uri = fixture().uri(directory);
    return Spools.open(uri + (uri.contains("?") ? "&" : "?") + setting);
  }
}
