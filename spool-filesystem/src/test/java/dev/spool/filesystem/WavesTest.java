package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.support.DiskSync;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Stores that wait together are written, then forced, then named; a store is an integer here. */
class WavesTest {
  /** What was done; belongs to the test's own thread, which runs the tasks. */
  private final List<String> log = new ArrayList<>();

  private final Deque<Runnable> tasks = new ArrayDeque<>();

  private boolean leading;

  /** Notes everything. */
  private class Noting implements Waves.Steps<Integer> {
    @Override
    public int length(Integer store) {
      return store;
    }

    @Override
    public boolean write(Integer store) {
      log.add("write " + store);
      return store > 0;
    }

    @Override
    public @Nullable DiskSync openSync() {
      return null;
    }

    @Override
    public void force(Integer store) {
      log.add("force " + store);
    }

    @Override
    public void forced(Integer store) {
      log.add("forced " + store);
    }

    @Override
    public void commit(List<Integer> stores) {
      log.add("commit " + stores);
    }

    @Override
    public void giveUp(Integer store, Throwable why) {
      log.add("give up " + store);
    }
  }

  /** Notes everything, and can force at once. */
  private class Syncing extends Noting implements DiskSync {
    private final boolean succeeds;

    Syncing(boolean succeeds) {
      this.succeeds = succeeds;
    }

    @Override
    public DiskSync openSync() {
      log.add("open");
      return this;
    }

    @Override
    public boolean force() {
      log.add("sync");
      return succeeds;
    }

    @Override
    public void close() {
      log.add("close");
    }
  }

  private Waves<Integer> waves(int most) {
    return new Waves<>(tasks::add, most, new Noting());
  }

  private void runAll() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  @Test
  void whatWaitsTogetherIsForcedAfterAllOfItIsWritten() {
    Waves<Integer> waves = waves(10);
    waves.add(1);
    waves.add(2);
    waves.add(3);
    runAll();
    assertThat(log)
        .containsExactly(
            "write 1", "write 2", "write 3", "force 1", "force 2", "force 3", "commit [1, 2, 3]");
  }

  @Test
  void whereAllCanBeForcedAtOnceThatIsOpenedBeforeAnythingIsWritten() {
    Waves<Integer> waves = new Waves<>(tasks::add, 10, new Syncing(true));
    waves.add(1);
    waves.add(0);
    waves.add(2);
    waves.add(3);
    runAll();
    assertThat(log)
        .containsExactly(
            "open",
            "write 1",
            "write 0",
            "write 2",
            "write 3",
            "sync",
            "close",
            "forced 1",
            "forced 2",
            "forced 3",
            "commit [1, 0, 2, 3]");
  }

  @Test
  void whereThatFailsEachIsForcedByItself() {
    Waves<Integer> waves = new Waves<>(tasks::add, 10, new Syncing(false));
    waves.add(1);
    waves.add(2);
    waves.add(3);
    runAll();
    assertThat(log).endsWith("sync", "close", "force 1", "force 2", "force 3", "commit [1, 2, 3]");
  }

  @Test
  void whereThatThrowsEachIsForcedByItself() {
    Syncing steps =
        new Syncing(true) {
          @Override
          public boolean force() {
            boolean unused = super.force();
            throw new NoClassDefFoundError("test");
          }

          @Override
          public void close() {
            super.close();
            throw new NoClassDefFoundError("test");
          }
        };
    Waves<Integer> waves = new Waves<>(tasks::add, 10, steps);
    waves.add(1);
    waves.add(2);
    waves.add(3);
    runAll();
    assertThat(log).endsWith("sync", "close", "force 1", "force 2", "force 3", "commit [1, 2, 3]");
  }

  @Test
  void whereNobodyCanBeAskedForHelpOneForcesAll() {
    List<Executor> executors = new ArrayList<>(List.of(tasks::add));
    Waves<Integer> waves = new Waves<>(task -> executors.get(0).execute(task), 10, new Noting());
    waves.add(1);
    waves.add(2);
    executors.set(
        0,
        task -> {
          throw new NoClassDefFoundError("test");
        });
    runAll();
    assertThat(log).containsExactly("write 1", "write 2", "force 1", "force 2", "commit [1, 2]");
  }

  @Test
  void fewAreForcedEachByItself() {
    Waves<Integer> waves = new Waves<>(tasks::add, 10, new Syncing(true));
    waves.add(1);
    waves.add(2);
    runAll();
    assertThat(log)
        .containsExactly(
            "open", "write 1", "write 2", "close", "force 1", "force 2", "commit [1, 2]");
  }

  @Test
  void storeThatIsAloneOpensNothing() {
    Waves<Integer> waves = new Waves<>(tasks::add, 10, new Syncing(true));
    waves.add(1);
    runAll();
    assertThat(log).containsExactly("write 1", "force 1", "commit [1]");
  }

  @Test
  void storeThatIsAloneIsHandedToNobody() {
    waves(10).add(1);
    tasks.remove().run();
    assertThat(log).containsExactly("write 1", "force 1", "commit [1]");
    assertThat(tasks).isEmpty();
  }

  @Test
  void waveIsBoundedInNumber() {
    Waves<Integer> waves = waves(2);
    waves.add(1);
    waves.add(2);
    waves.add(3);
    runAll();
    assertThat(log).containsSubsequence("commit [1, 2]", "write 3", "force 3", "commit [3]");
  }

  @Test
  void waveIsBoundedInBytes() {
    Waves<Integer> waves = waves(10);
    waves.add(4 << 20);
    waves.add(4 << 20);
    waves.add(1);
    runAll();
    assertThat(log).endsWith("write 1", "force 1", "commit [1]");
  }

  @Test
  void storeThatFailedIsNotForcedAndEndsWithTheOthers() {
    Waves<Integer> waves = waves(10);
    waves.add(0);
    waves.add(1);
    runAll();
    assertThat(log).containsExactly("write 0", "write 1", "force 1", "commit [0, 1]");
  }

  @Test
  void twoWavesAtATimeAndNoMore() {
    Waves<Integer> waves = waves(1);
    waves.add(1);
    waves.add(2);
    waves.add(3);
    assertThat(tasks).hasSize(2);
  }

  @Test
  void withoutThreadsStoresAreGivenUpAndLaterOnesAreCarriedOut() {
    List<Executor> executors = new ArrayList<>();
    executors.add(
        task -> {
          throw new RejectedExecutionException();
        });
    Waves<Integer> waves = new Waves<>(task -> executors.get(0).execute(task), 10, new Noting());
    waves.add(1);
    assertThat(log).containsExactly("give up 1");
    executors.set(0, tasks::add);
    waves.add(2);
    runAll();
    assertThat(log).endsWith("write 2", "force 2", "commit [2]");
  }

  @Test
  void filesAreForcedSideBySideAndAllOfThemBeforeTheyAreNamed() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    CountDownLatch committed = new CountDownLatch(1);
    AtomicInteger forced = new AtomicInteger();
    Noting steps =
        new Noting() {
          @Override
          public void force(Integer store) {
            both.countDown();
            assertThat(await(both)).as("both are being forced").isTrue();
            forced.incrementAndGet();
          }

          @Override
          public void commit(List<Integer> stores) {
            assertThat(forced).hasValue(2);
            committed.countDown();
          }
        };
    ExecutorService pool = Executors.newCachedThreadPool();
    Waves<Integer> waves = new Waves<>(task -> tasksOrPool(pool, task), 10, steps);
    waves.add(1);
    waves.add(2);
    Runnable leader = tasks.remove();
    tasks.clear(); // the other one would lead a wave of its own
    leading = true;
    leader.run();
    assertThat(await(committed)).isTrue();
    pool.shutdown();
    assertThat(pool.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  private void tasksOrPool(ExecutorService pool, Runnable task) {
    if (leading) {
      pool.execute(task);
    } else {
      tasks.add(task);
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A class that is linked first while memory is short may be lost for good. */
  @Test
  void whatForcesIsLinkedBeforehand() throws Exception {
    OwnClasses classes = new OwnClasses();
    Constructor<?> constructor =
        classes.loadClass(Waves.class.getName()).getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    assertThat(classes.isLoaded("Forcing")).isFalse();
    Executor threads = Runnable::run;
    assertThat(constructor.newInstance(threads, 1, null)).isNotNull();
    assertThat(classes.isLoaded("Forcing")).isTrue();
  }

  /** Loads a copy of the class under test. */
  private static final class OwnClasses extends ClassLoader {
    OwnClasses() {
      super(Waves.class.getClassLoader());
    }

    boolean isLoaded(String nested) {
      return findLoadedClass(Waves.class.getName() + '$' + nested) != null;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.matches("[a-z.]+Waves(\\$.*)?")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] code = Objects.requireNonNull(in).readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
