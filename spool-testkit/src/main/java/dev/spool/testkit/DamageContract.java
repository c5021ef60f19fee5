package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A message that was damaged on storage is never given out as if it were whole, and is kept until
 * it is moved aside.
 */
public interface DamageContract extends BackendContract {

  /** Loading a damaged message says that it is damaged; the others are served, byte for byte. */
  @Test
  default void damagedMessageIsNotServed(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    try (Spool spool = open(dir)) {
      SpoolException failure = Check.failure(spool.load(damaged.id()));
      if (!has(Trait.DAMAGE_CONFINED)) {
        assertThat(failure).isInstanceOfAny(MessageCorruptException.class, SpoolIOException.class);
        return;
      }
      assertThat(failure).isInstanceOf(MessageCorruptException.class);
      assertThat(failure.detail()).contains(damaged.id().toString());
      damaged.others().forEach((id, data) -> Check.holds(spool, id, data));
    }
  }

  /** A scan reports a damaged message once, and goes on; where it cannot go on, it fails. */
  @Test
  default void scanReportsDamage(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    try (Spool spool = open(dir)) {
      if (!has(Trait.DAMAGE_CONFINED)) {
        assertNeverLooksWhole(spool, damaged);
        return;
      }
      Check.Scanned scan = Check.enumerate(spool);
      Check.sameMessages(scan.items(), damaged.others());
      assertThat(scan.corrupt())
          .singleElement()
          .extracting(SpoolEntry.Corrupt::id)
          .isEqualTo(damaged.id());
      assertThat(scan.report().corrupt()).isEqualTo(1);
      assertThat(scan.report().items()).isEqualTo(damaged.others().size());
      Check.Scanned listing = Check.list(spool);
      assertThat(listing.entries()).hasSize(damaged.others().size() + 1);
      assertThat(listing.listed().keySet()).containsAll(damaged.others().keySet());
    }
  }

  /** Damage of one message is known to the operator; stores are taken all the same. */
  @Test
  default void damageDegradesAndDoesNotShed(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    try (Spool spool = open(dir)) {
      Check.failure(spool.load(damaged.id()));
      if (has(Trait.DAMAGE_CONFINED)) {
        assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.DEGRADED);
        assertThat(spool.unhealthyReason()).isNull();
        SpoolId id = SpoolId.random();
        Check.get(spool.store(id, Messages.of(1, 10)));
        Check.holds(spool, id, Messages.of(1, 10));
      } else {
        assertThat(spool.health().state()).isNotEqualTo(SpoolHealth.State.HEALTHY);
      }
    }
  }

  /**
   * Quarantine moves the damaged entry aside, with the reason beside it, and it is gone from the
   * spool for good.
   */
  @Test
  default void quarantineMovesTheEntry(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    if (!has(Trait.DAMAGE_CONFINED)) {
      try (Spool spool = open(dir)) {
        boolean unused = settles(spool.quarantine(damaged.id(), dir.resolve("aside")));
        Check.failure(spool.load(damaged.id()));
      }
      return;
    }
    Path aside = dir.resolve("aside").resolve("deeper");
    try (Spool spool = open(dir)) {
      Check.get(spool.quarantine(damaged.id(), aside));
      Check.absent(spool, damaged.id());
      Check.holdsExactly(spool, damaged.others());
      try (Stream<Path> moved = Files.list(aside)) {
        assertThat(moved.toList())
            .hasSizeGreaterThanOrEqualTo(2)
            .allMatch(file -> file.getFileName().toString().contains(damaged.id().toString()));
        assertThat(aside.resolve(damaged.id() + ".damaged")).isNotEmptyFile();
      }
      Check.failure(MessageNotFoundException.class, spool.quarantine(damaged.id(), aside));
    }
    try (Spool spool = open(dir)) {
      Check.holdsExactly(spool, damaged.others());
    }
  }

  /** A damaged message can be replaced, and is whole then. */
  @Test
  default void damagedMessageIsReplaced(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    if (!has(Trait.DAMAGE_CONFINED)) {
      byte[] replacement = Messages.of(2, 222);
      try (Spool spool = open(dir)) {
        if (settles(spool.store(damaged.id(), replacement))) {
          Check.holds(spool, damaged.id(), replacement);
        } else {
          Check.failure(spool.load(damaged.id()));
        }
      }
      return;
    }
    Map<SpoolId, byte[]> all = new LinkedHashMap<>(damaged.others());
    all.put(damaged.id(), Messages.of(2, 222));
    try (Spool spool = open(dir)) {
      Check.get(spool.store(damaged.id(), Messages.of(2, 222)));
      Check.holdsExactly(spool, all);
    }
    try (Spool spool = open(dir)) {
      Check.holdsExactly(spool, all);
    }
  }

  /** A damaged message can be removed. */
  @Test
  default void damagedMessageIsRemoved(@TempDir Path dir) throws IOException {
    if (cannotDamage(dir)) {
      return;
    }
    Damaged damaged = Damaged.make(this, dir);
    if (!has(Trait.DAMAGE_CONFINED)) {
      try (Spool spool = open(dir)) {
        boolean unused = settles(spool.remove(damaged.id()));
        Check.failure(spool.load(damaged.id()));
      }
      return;
    }
    try (Spool spool = open(dir)) {
      Check.get(spool.remove(damaged.id()));
      Check.absent(spool, damaged.id());
      Check.holdsExactly(spool, damaged.others());
    }
  }

  /** Quarantining a message that is whole is refused, and leaves it alone. */
  @Test
  default void wholeMessageIsNotQuarantined(@TempDir Path dir) {
    Path aside = dir.resolve("aside");
    try (Spool spool = open(dir.resolve("spool"))) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      SpoolException failure = Check.failure(spool.quarantine(id, aside));
      assertThat(failure).isNotInstanceOf(MessageNotFoundException.class);
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 10)));
    }
  }

  /** Quarantining what is not there says so. */
  @Test
  default void absentMessageIsNotQuarantined(@TempDir Path dir) {
    try (Spool spool = open(dir.resolve("spool"))) {
      Check.failure(
          MessageNotFoundException.class, spool.quarantine(SpoolId.random(), dir.resolve("aside")));
    }
  }

  /** Without the trait there is no storage to damage, as the fixture must say. */
  private boolean cannotDamage(Path dir) {
    if (has(Trait.DAMAGE)) {
      return false;
    }
    assertThatThrownBy(() -> fixture().damage(dir, SpoolId.random()))
        .isInstanceOf(UnsupportedOperationException.class);
    return true;
  }

  /**
   * A scan over damage that is not one entry's fails or reports it, and hands over no wrong bytes.
   */
  private static void assertNeverLooksWhole(Spool spool, Damaged damaged) {
    EntryChannel channel = EntryChannel.bounded(1000, 1 << 20);
    CompletableFuture<ScanReport> scan = spool.enumerate(channel);
    List<SpoolEntry> seen = new ArrayList<>();
    try {
      channel.forEach(seen::add);
      assertThat(Check.get(scan).corrupt()).isPositive();
    } catch (SpoolException e) {
      Check.failure(scan);
    }
    new Check.Scanned(seen, new ScanReport(0, 0, 0, Duration.ZERO))
        .items()
        .forEach((id, data) -> Check.same(data, damaged.others().getOrDefault(id, new byte[0])));
  }

  /**
   * Tells whether a call succeeded; without confined damage it may fail, as long as it is typed.
   */
  private static boolean settles(CompletableFuture<?> call) {
    try {
      call.join();
      return true;
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(SpoolException.class);
      return false;
    }
  }
}
