package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How loads are spread over threads, and that each has its own result. */
class ReadersTest {
  private static final SpoolId ABSENT = SpoolId.random();

  private final CountDownLatch gate = new CountDownLatch(1);
  private final CountDownLatch inside = new CountDownLatch(16);
  private final AtomicInteger read = new AtomicInteger();
  private final ScriptedEngine engine = new ScriptedEngine();
  private @Nullable LocalSpool spool;

  private LocalSpool open() {
    return open(Duration.ofMinutes(1));
  }

  private LocalSpool open(Duration loadDeadline) {
    engine.whenLoading =
        id -> {
          read.incrementAndGet();
          inside.countDown();
          await(gate);
          if (id.equals(ABSENT)) {
            throw new MessageNotFoundException(id);
          }
          return new byte[1];
        };
    LocalSpool opened =
        new ScriptedSpool(
            new ScriptedSpool.Builder().maxConcurrentLoads(10_000).loadDeadline(loadDeadline),
            engine);
    spool = opened;
    return opened;
  }

  @AfterEach
  void close() {
    gate.countDown();
    if (spool != null) {
      spool.close();
    }
  }

  @Test
  void loadsThatWaitForTheDiskAreCarriedOutByManyThreads() throws Exception {
    List<CompletableFuture<byte[]>> loads = loads(open(), 16);
    assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
    gate.countDown();
    allDone(loads);
  }

  @Test
  void loadsThatQueueUpAreReadTogetherAndEachOnce() throws Exception {
    LocalSpool opened = open();
    List<CompletableFuture<byte[]>> loads = loads(opened, 5000);
    CompletableFuture<byte[]> absent = opened.load(ABSENT);
    loads.addAll(loads(opened, 100));
    assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
    gate.countDown();
    allDone(loads);
    assertThat(failure(absent)).isInstanceOf(MessageNotFoundException.class);
    assertThat(read).hasValue(5101);
    assertThat(engine.together).isNotEmpty().allMatch(size -> size <= Readers.MAX_TOGETHER);
    assertThat(opened.stats().value("loads.in.flight")).hasValue(0);
  }

  /** Of those that are read together some have been read when the disk hangs at the next one. */
  @Test
  void loadsThatWereReadDoNotWaitForOneThatHangsLongerThanTheirDeadline() throws Exception {
    LocalSpool opened = open(Duration.ofSeconds(2));
    CountDownLatch hang = new CountDownLatch(1);
    Function<SpoolId, byte @Nullable []> quick = engine.whenLoading;
    engine.whenLoading =
        id -> {
          byte[] message = quick.apply(id);
          if (read.get() > 2000) {
            await(hang);
          }
          return message;
        };
    try {
      List<CompletableFuture<byte[]>> loads = loads(opened, 5000);
      assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
      gate.countDown();
      for (CompletableFuture<byte[]> load : loads) {
        boolean unused = load.handle((data, failure) -> true).get(30, TimeUnit.SECONDS);
      }
      assertThat(engine.together).isNotEmpty();
    } finally {
      hang.countDown();
    }
  }

  @Test
  void loadsDoNotWaitBehindOneThatHangs() throws Exception {
    gate.countDown();
    LocalSpool opened = open();
    for (int i = 0; i < 1000; i++) { // so that the readers expect them to be quick
      assertThat(opened.load(SpoolId.random()).get(30, TimeUnit.SECONDS)).hasSize(1);
    }
    CountDownLatch hang = new CountDownLatch(1);
    CountDownLatch hanging = new CountDownLatch(1);
    Function<SpoolId, byte @Nullable []> quick = engine.whenLoading;
    engine.whenLoading =
        id -> {
          if (id.equals(ABSENT)) {
            hanging.countDown();
            await(hang);
          }
          return quick.apply(id);
        };
    CompletableFuture<byte[]> hangs = opened.load(ABSENT);
    assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
    allDone(loads(opened, 10));
    hang.countDown();
    assertThat(failure(hangs)).isInstanceOf(MessageNotFoundException.class);
  }

  private static List<CompletableFuture<byte[]>> loads(LocalSpool spool, int count) {
    List<CompletableFuture<byte[]>> loads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      loads.add(spool.load(SpoolId.random()));
    }
    return loads;
  }

  private static void allDone(List<CompletableFuture<byte[]>> loads) throws Exception {
    for (CompletableFuture<byte[]> load : loads) {
      assertThat(load.get(30, TimeUnit.SECONDS)).hasSize(1);
    }
  }

  private static SpoolException failure(CompletableFuture<?> future) throws Exception {
    try {
      future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return SpoolException.unwrap(e);
    }
    throw new AssertionError("it did not fail");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
