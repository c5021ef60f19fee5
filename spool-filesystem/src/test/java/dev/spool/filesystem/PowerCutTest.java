package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.PowerCutDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power fails at any change of the disk, again and again: what was acknowledged is there
 * afterwards, what was removed with SYNC is not, and nothing is damaged but what was never forced,
 * nor another message's. This test notices when a rule of {@link RecycledFiles} is broken.
 */
class PowerCutTest {
  private static final int SEEDS = 60;

  /** Without one of the rules the first few of them fail. */
  private static final int MOST_SEEDS = 1000;

  private static final int ABSENT = 0;

  /** A root that no other spool of this process has had. */
  private static final AtomicLong LIVES = new AtomicLong();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasAcknowledgedIsThereAfterThePowerFails(boolean recycling) {
    long reused = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      reused += new Life(seed, () -> new RecycledFiles(recycling)).live();
    }
    if (recycling) {
      assertThat(reused).as("files that were written over").isGreaterThan(SEEDS);
    } else {
      assertThat(reused).isZero();
    }
  }

  @Test
  void fileThatIsWrittenOverBeforeTheLossOfItsNameIsDurableIsNoticed() {
    assertNoticed(
        () ->
            new RecycledFiles(true) {
              @Override
              synchronized void add(int slot, Path file) {
                super.add(slot, file);
                forced(forcing(slot));
              }
            });
  }

  @Test
  void removedMessageDoesNotComeBackUnderItsOwnNameInAFileThatIsNotForced() {
    for (int seed = 0; seed < SEEDS; seed++) {
      assertThat(comesBack(seed, new RecycledFiles(true))).as("seed %s", seed).isFalse();
    }
    int seed = 0;
    while (seed < SEEDS && !comesBack(seed, new TakenUnforced())) {
      seed++;
    }
    assertThat(seed).as("seeds that went well without the rule").isLessThan(SEEDS);
  }

  private static final class TakenUnforced extends RecycledFiles {
    TakenUnforced() {
      super(true);
    }

    @Override
    @Nullable Path take(boolean forced) {
      return super.take(true);
    }
  }

  /** Stores, removes with SYNC, stores again with BUFFERED; tells what a power cut makes of it. */
  private static boolean comesBack(int seed, RecycledFiles recycled) {
    PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(seed));
    Path root = Path.of("/power-cut-again-" + LIVES.incrementAndGet());
    SpoolId id = TestSpools.id();
    byte[] first = Life.message(3);
    FileSpool spool =
        new FileSpool(FileSpool.builder(root).disk(Life.failing(Disk.class, disk)), recycled);
    TestSpools.get(spool.store(id, first));
    TestSpools.get(spool.remove(id, Durability.SYNC, null));
    TestSpools.get(spool.store(id, Life.message(6), Durability.BUFFERED, null));
    disk.cutAfter(0);
    assertThat(TestSpools.failure(spool.shutdown())).isNotNull();
    disk.restart();
    try (FileSpool after = FileSpool.builder(root).disk(disk).open()) {
      return Arrays.equals(first, TestSpools.get(after.load(id)));
    } catch (MessageNotFoundException | MessageCorruptException e) {
      return false;
    }
  }

  private static void assertNoticed(Supplier<RecycledFiles> broken) {
    int seed = 0;
    while (seed < MOST_SEEDS && !fails(seed, broken)) {
      seed++;
    }
    assertThat(seed).as("seeds that went well").isLessThan(MOST_SEEDS);
  }

  private static boolean fails(int seed, Supplier<RecycledFiles> broken) {
    try {
      new Life(seed, broken).live();
      return false;
    } catch (AssertionError e) {
      assertThat(e).as("what the check of a life says").hasMessageContaining("seed " + seed);
      return true;
    }
  }

  /** One spool, and what may be in it. */
  private static final class Life {
    private final String name;
    private final Path root;
    private final Supplier<RecycledFiles> recycling;
    private final SplittableRandom random;
    private final PowerCutDisk disk;
    private final List<SpoolId> ids = new ArrayList<>();

    /** The versions that an id may have after a power cut. */
    private final Map<SpoolId, Set<Integer>> possible = new HashMap<>();

    /** The version that an id has until then. */
    private final Map<SpoolId, Integer> current = new HashMap<>();

    /** What was stored under a free name, and not forced: it may be damaged after a power cut. */
    private final Set<SpoolId> unforced = new HashSet<>();

    private int versions;

    Life(int seed, Supplier<RecycledFiles> recycling) {
      this.name = "seed " + seed;
      this.root = Path.of("/power-cut-" + seed + "-" + LIVES.incrementAndGet());
      this.recycling = recycling;
      this.random = new SplittableRandom(seed);
      this.disk = new PowerCutDisk(new SplittableRandom(seed + 1000L));
      for (int i = 0; i < 6; i++) {
        SpoolId id = SpoolId.at(Instant.ofEpochMilli(1_700_000_000_000L + i * 100L));
        ids.add(id);
        settle(id, ABSENT);
      }
    }

    /** From here on an id has this version, whatever happens. */
    private void settle(SpoolId id, int version) {
      possible.put(id, new HashSet<>(Set.of(version)));
      current.put(id, version);
      unforced.remove(id);
    }

    /** What the power leaves behind is a device that fails, as long as the process runs. */
    private static <T> T failing(Class<T> type, T to) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                try {
                  Object result = method.invoke(to, arguments);
                  return result instanceof DiskFile file ? failing(DiskFile.class, file) : result;
                } catch (InvocationTargetException e) {
                  if (e.getCause() instanceof PowerCutDisk.PowerFailure) {
                    throw new FileSystemException("the disk", null, "Input/output error");
                  }
                  throw e.getCause();
                }
              }));
    }

    /** Returns how many files were written over. */
    long live() {
      long reused = 0;
      for (int life = 0; life < 4; life++) {
        RecycledFiles recycled = recycling.get();
        FileSpool spool =
            new FileSpool(FileSpool.builder(root).disk(failing(Disk.class, disk)), recycled);
        boolean well = false;
        try {
          check(spool);
          disk.cutAfter(20 + random.nextInt(150));
          well = true;
          for (int rounds = random.nextInt(40); well && rounds > 0; rounds--) {
            well = round(spool);
          }
        } finally {
          end(spool, well);
        }
        disk.restart();
        reused += recycled.reused();
      }
      return reused;
    }

    /** Closes the spool, which forces everything, if all has gone well so far. */
    private void end(FileSpool spool, boolean well) {
      try {
        spool.close();
        if (well) {
          settleAll();
        }
      } catch (SpoolException e) {
        // There is no power.
        return;
      }
    }

    /** Everything has been forced, and no outcome is unknown. */
    private void settleAll() {
      ids.forEach(id -> settle(id, current.get(id)));
    }

    /** A few writes at once, of different ids; tells whether all went well. */
    private boolean round(FileSpool spool) {
      List<Write> writes = new ArrayList<>();
      for (SpoolId id : ids) {
        if (random.nextBoolean()) {
          boolean removal = random.nextInt(5) < 2;
          boolean seldom = random.nextInt(4) == 0;
          Durability durability = removal == seldom ? Durability.SYNC : Durability.BUFFERED;
          int version = removal ? ABSENT : ++versions;
          writes.add(
              new Write(
                  id,
                  version,
                  durability,
                  removal
                      ? spool.remove(id, durability, null)
                      : spool.store(id, message(version), durability, null)));
        }
      }
      boolean well = true;
      for (Write write : writes) {
        well &= note(write);
      }
      return well && (random.nextInt(20) != 0 || compact(spool));
    }

    private record Write(
        SpoolId id, int version, Durability durability, CompletableFuture<Void> future) {}

    private boolean note(Write write) {
      SpoolId id = write.id;
      boolean well = true;
      boolean unknown = false;
      try {
        TestSpools.get(write.future);
      } catch (SpoolException e) {
        well = false;
        unknown = e.outcome() == Outcome.UNKNOWN;
      }
      if (well && write.durability == Durability.SYNC) {
        settle(id, write.version);
      } else if (well || unknown) {
        if (current.get(id) == ABSENT) {
          unforced.add(id);
        }
        possible.get(id).add(write.version);
        current.put(id, write.version);
      }
      return well;
    }

    private boolean compact(FileSpool spool) {
      try {
        TestSpools.get(spool.compact());
        settleAll();
        return true;
      } catch (SpoolException e) {
        return false;
      }
    }

    private void check(FileSpool spool) {
      Map<SpoolId, byte[]> found = new HashMap<>();
      for (SpoolEntry entry : TestSpools.enumerate(spool)) {
        if (entry instanceof SpoolEntry.Item item) {
          found.put(item.id(), item.data());
        } else {
          SpoolId damaged = ((SpoolEntry.Corrupt) entry).id();
          assertThat(unforced).as("%s: %s", name, entry).contains(damaged);
          TestSpools.get(spool.remove(damaged, Durability.SYNC, null));
          settle(damaged, ABSENT);
        }
      }
      for (SpoolId id : ids) {
        Set<Integer> states = possible.get(id);
        byte[] data = found.get(id);
        int version =
            data == null
                ? ABSENT
                : states.stream()
                    .filter(state -> state != ABSENT && Arrays.equals(message(state), data))
                    .findFirst()
                    .orElse(-1);
        assertThat(states).as("%s: %s", name, id).contains(version);
        settle(id, version);
      }
    }

    private static byte[] message(int version) {
      Random random = new Random(version);
      byte[] message = new byte[version % 3 == 0 ? 4096 : random.nextInt(9000)];
      random.nextBytes(message);
      return message;
    }
  }
}
