package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power fails at any change of the disk, again and again: what was acknowledged is there
 * afterwards, what was removed with SYNC is not, and nothing is damaged, or another message's.
 */
class PowerCutTest {
  private static final int SEEDS = 60;
  private static final int ABSENT = 0;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasAcknowledgedIsThereAfterThePowerFails(boolean recycling) {
    for (int seed = 0; seed < SEEDS; seed++) {
      new Life(seed, recycling).live();
    }
  }

  /** One spool, and what may be in it. */
  private static final class Life {
    private final String name;
    private final Path root;
    private final boolean recycling;
    private final SplittableRandom random;
    private final PowerCutDisk disk;
    private final List<SpoolId> ids = new ArrayList<>();

    /** The versions that an id may have. */
    private final Map<SpoolId, Set<Integer>> possible = new HashMap<>();

    private int versions;

    Life(int seed, boolean recycling) {
      this.name = "seed " + seed + (recycling ? ", recycling" : "");
      this.root = Path.of("/power-cut-" + seed + "-" + recycling);
      this.recycling = recycling;
      this.random = new SplittableRandom(seed);
      this.disk = new PowerCutDisk(new SplittableRandom(seed + 1000L));
      for (int i = 0; i < 6; i++) {
        SpoolId id = SpoolId.at(Instant.ofEpochMilli(1_700_000_000_000L + i * 100L));
        ids.add(id);
        possible.put(id, new HashSet<>(Set.of(ABSENT)));
      }
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

    void live() {
      for (int life = 0; life < 4; life++) {
        FileSpool spool =
            FileSpool.builder(root).disk(failing(Disk.class, disk)).recycling(recycling).open();
        try {
          check(spool);
          disk.cutAfter(20 + random.nextInt(150));
          boolean well = true;
          while (well) {
            well = round(spool);
          }
        } finally {
          end(spool);
        }
        disk.restart();
      }
    }

    private static void end(FileSpool spool) {
      try {
        spool.close();
      } catch (SpoolException e) {
        // There is no power.
        return;
      }
    }

    /** A few writes at once, of different ids; tells whether all went well. */
    private boolean round(FileSpool spool) {
      Map<SpoolId, CompletableFuture<Void>> writes = new HashMap<>();
      Map<SpoolId, Integer> wanted = new HashMap<>();
      Set<SpoolId> buffered = new HashSet<>();
      for (SpoolId id : ids) {
        if (random.nextBoolean()) {
          boolean removal = random.nextInt(5) < 2;
          int version = removal ? ABSENT : ++versions;
          wanted.put(id, version);
          if (removal) {
            boolean sync = random.nextInt(4) == 0;
            if (!sync) {
              buffered.add(id);
            }
            writes.put(id, spool.remove(id, sync ? Durability.SYNC : Durability.BUFFERED, null));
          } else {
            writes.put(id, spool.store(id, message(version)));
          }
        }
      }
      boolean well = true;
      for (Map.Entry<SpoolId, CompletableFuture<Void>> write : writes.entrySet()) {
        SpoolId id = write.getKey();
        Set<Integer> states = possible.get(id);
        try {
          TestSpools.get(write.getValue());
          if (!buffered.contains(id)) {
            states.clear();
          }
          states.add(wanted.get(id));
        } catch (SpoolException e) {
          well = false;
          if (e.outcome() == Outcome.UNKNOWN) {
            states.add(wanted.get(id));
          }
        }
      }
      return well;
    }

    private void check(FileSpool spool) {
      Map<SpoolId, byte[]> found = new HashMap<>();
      for (SpoolEntry entry : TestSpools.enumerate(spool)) {
        assertThat(entry).as(name).isInstanceOf(SpoolEntry.Item.class);
        SpoolEntry.Item item = (SpoolEntry.Item) entry;
        found.put(item.id(), item.data());
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
        states.clear();
        states.add(version);
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
