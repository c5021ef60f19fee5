package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * There is so little memory that a step of a store fails, and not even that can be told. Nothing is
 * acknowledged that was not carried out, and the spool goes on when there is memory again.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class WithoutMemoryTest {
  /** What fails; null if nothing. */
  private volatile ForwardingDisk.@Nullable Change failing;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(names = {"CREATE", "WRITE", "FORCE", "RENAME", "FORCE_DIRECTORY"})
  void stepThatFailsAndCannotBeTold(ForwardingDisk.Change change) {
    AtomicInteger left = new AtomicInteger();
    SpoolId acknowledged = SpoolId.random();
    try (FileSpool spool = open(left)) {
      TestSpools.get(spool.store(acknowledged, new byte[10]));
      failing = change;
      left.set(40);
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        stores.add(spool.store(TestSpools.idInAnotherSlot(), new byte[10], Durability.SYNC, null));
      }
      List<SpoolException> failures = new ArrayList<>();
      for (CompletableFuture<Void> store : stores) {
        failures.add(TestSpools.failure(store));
      }
      assertThat(failures).allMatch(failure -> failure.outcome() == Outcome.UNKNOWN);
      assertThat(left).as("it could not be told").hasValueLessThan(40);
      failing = null;
      left.set(0);
      TestSpools.awaitStores(spool);
      for (int i = 0; i < 5; i++) {
        SpoolId id = SpoolId.random();
        TestSpools.get(spool.store(id, new byte[20]));
        TestSpools.get(spool.remove(id, Durability.SYNC, null));
      }
      assertThat(TestSpools.get(spool.load(acknowledged))).hasSize(10);
    }
  }

  private FileSpool open(AtomicInteger left) {
    return FileSpool.builder(directory)
        .errorUnlatchDuration(Duration.ZERO)
        .storeDeadline(Duration.ofSeconds(50))
        .disk(
            new ForwardingDisk() {
              @Override
              void before(Change change, Path path) {
                if (change == failing) {
                  throw new NoMemory(left);
                }
              }
            })
        .open();
  }

  /** Fails whoever would tell it, the first few times. */
  @SuppressWarnings("OverrideThrowableToString") // it fails when its whole is asked for
  private static final class NoMemory extends OutOfMemoryError {
    private static final long serialVersionUID = 1;

    private final transient AtomicInteger left;

    NoMemory(AtomicInteger left) {
      this.left = left;
    }

    @Override
    public String toString() {
      if (left.getAndDecrement() > 0) {
        throw this;
      }
      return "no memory";
    }
  }
}
