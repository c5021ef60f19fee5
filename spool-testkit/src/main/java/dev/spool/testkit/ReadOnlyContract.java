package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spool that was opened read-only reads beside a live owner, and changes nothing. */
public interface ReadOnlyContract extends BackendContract {

  /** It shows what was there when it was opened. */
  @Test
  default void readOnlyShowsWhatIsThere(@TempDir Path dir) {
    if (refusesReadOnly(dir)) {
      return;
    }
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 50, 10_000);
    try (Spool owner = open(dir)) {
      Check.storeAll(owner, messages);
    }
    try (Spool reader = open(dir, "readOnly", "true")) {
      Check.holdsExactly(reader, messages);
      Check.absent(reader, SpoolId.random());
      assertThat(reader.health()).isNotNull();
      assertThat(reader.stats().name()).isNotBlank();
    }
  }

  /** It refuses every change with SpoolReadOnlyException. */
  @Test
  default void readOnlyRefusesChanges(@TempDir Path dir) {
    if (refusesReadOnly(dir)) {
      return;
    }
    SpoolId id = SpoolId.random();
    Map<SpoolId, byte[]> messages = Map.of(id, Messages.of(1, 10));
    try (Spool owner = open(dir)) {
      Check.storeAll(owner, messages);
    }
    try (Spool reader = open(dir, "readOnly", "true")) {
      for (Durability durability : Durability.values()) {
        assertReadOnly(Check.failure(reader.store(id, Messages.of(2, 20), durability, null)));
        assertReadOnly(Check.failure(reader.remove(id, durability, null)));
      }
      assertReadOnly(Check.failure(reader.quarantine(id, dir.resolve("aside"))));
      Check.holdsExactly(reader, messages);
    }
    try (Spool owner = open(dir)) {
      Check.holdsExactly(owner, messages);
    }
  }

  /**
   * It opens beside the live owner, shows all that was acknowledged before, and leaves the owner
   * alone.
   */
  @Test
  default void readOnlyBesideALiveOwner(@TempDir Path dir) {
    if (refusesReadOnly(dir)) {
      return;
    }
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 50, 10_000);
    try (Spool owner = open(dir)) {
      Check.storeAll(owner, messages);
      try (Spool reader = open(dir, "readOnly", "true");
          Spool another = open(dir, "readOnly", "true")) {
        messages.forEach((id, data) -> Check.holds(reader, id, data));
        assertThat(Check.list(another).listed()).containsOnlyKeys(messages.keySet());
        SpoolId id = SpoolId.random();
        Check.get(owner.store(id, Messages.of(3, 30)));
        messages.put(id, Messages.of(3, 30));
        assertThat(Check.enumerate(reader).items().keySet()).isSubsetOf(messages.keySet());
      }
      Check.holdsExactly(owner, messages);
    }
  }

  /** It reads whole messages while the owner stores and removes at full load. */
  @Test
  default void readOnlyBesideABusyOwner(@TempDir Path dir) {
    if (refusesReadOnly(dir)) {
      return;
    }
    Map<SpoolId, byte[]> stable = Messages.mixed(3, 50, 5000);
    try (Spool owner = open(dir)) {
      Check.storeAll(owner, stable);
      try (Churn churn = Churn.start(owner, 2)) {
        for (int i = 0; i < 3; i++) {
          try (Spool reader = open(dir, "readOnly", "true")) {
            Map<SpoolId, byte[]> seen = Check.enumerate(reader).items();
            assertThat(seen.keySet()).containsAll(stable.keySet());
            seen.forEach(
                (id, data) -> {
                  byte[] expected = stable.get(id);
                  if (expected == null) {
                    churn.assertWhole(data);
                  } else {
                    Check.same(data, expected);
                  }
                });
          }
        }
        churn.finish();
      }
      Check.holdsExactly(owner, stable);
    }
  }

  /** It reads beside an owner in another process, and is not what keeps that owner's lock. */
  @Test
  default void readOnlyBesideAnotherProcess(@TempDir Path dir) throws IOException {
    if (refusesReadOnly(dir)) {
      return;
    }
    try (ChildProcess child = ChildProcess.start("hold", fixture().uri(dir))) {
      SpoolId id = SpoolId.parse(child.await("HOLDING").split(" ", -1)[1]);
      try (Spool reader = open(dir, "readOnly", "true")) {
        Check.holdsExactly(reader, Map.of(id, Messages.of(1, 1000)));
      }
      child.finish();
    }
  }

  /** It writes nothing: not a byte of the spool's directory differs afterwards. */
  @Test
  default void readOnlyWritesNothing(@TempDir Path dir) throws IOException {
    if (refusesReadOnly(dir)) {
      return;
    }
    try (Spool owner = open(dir)) {
      Check.storeAll(owner, Messages.mixed(4, 20, 5000));
    }
    Map<String, Integer> before = contents(dir);
    try (Spool reader = open(dir, "readOnly", "true")) {
      assertThat(Check.enumerate(reader).items()).hasSize(20);
      assertThat(Check.list(reader).listed()).hasSize(20);
      Check.get(reader.adviseLowMemory());
      assertThat(contents(dir)).isEqualTo(before);
    }
    assertThat(contents(dir)).isEqualTo(before);
  }

  /** It creates no spool where there is none. */
  @Test
  default void readOnlyCreatesNothing(@TempDir Path dir) throws IOException {
    if (refusesReadOnly(dir)) {
      return;
    }
    Path missing = dir.resolve("missing");
    assertThatThrownBy(() -> open(missing, "readOnly", "true")).isInstanceOf(SpoolException.class);
    assertThat(contents(dir)).isEmpty();
    assertThat(missing).doesNotExist();
  }

  /** After its end it refuses reading, too. */
  @Test
  default void readOnlyAfterClose(@TempDir Path dir) {
    if (refusesReadOnly(dir)) {
      return;
    }
    open(dir).close();
    Spool reader = open(dir, "readOnly", "true");
    reader.close();
    assertThat(Check.failure(reader.load(SpoolId.random())).outcome())
        .isEqualTo(Outcome.NOT_APPLIED);
    assertThat(reader.unhealthyReason()).isNotNull();
  }

  /**
   * Without the trait: checks that the setting is refused, and says that this is all there is to
   * check.
   */
  private boolean refusesReadOnly(Path dir) {
    if (has(Trait.READ_ONLY)) {
      return false;
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(dir, "readOnly", "true").close())
        .withMessageContaining("readOnly");
    return true;
  }

  private static void assertReadOnly(SpoolException failure) {
    assertThat(failure).isInstanceOf(SpoolReadOnlyException.class);
    assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }

  private static Map<String, Integer> contents(Path dir) throws IOException {
    Map<String, Integer> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(dir.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
