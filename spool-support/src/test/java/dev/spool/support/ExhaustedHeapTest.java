package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A heap that is full to the last byte for a while, in a JVM of its own. */
class ExhaustedHeapTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"succeed", "succeedAll", "fail", "store", "storeThatWaits", "load", "cleanup"})
  void everyCallEndsAndSoDoesTheSpool(String when) throws IOException {
    try (ChildJvm child = ChildJvm.start(Child.class, when)) {
      assertThat(child.line()).isEqualTo("done");
    }
  }

  /** Whoever waits for entries is told of the end, though there was no memory for it at first. */
  @Test
  void whoWaitsForAnEntryIsToldOfTheEnd() throws IOException {
    try (ChildJvm child = ChildJvm.start(WaitingChild.class)) {
      assertThat(child.line()).isEqualTo("told");
    }
  }

  /** There is nothing in flight whose end would begin them. */
  @Test
  void storesThatWaitForTheOnlyOneInFlightAreBegun() throws IOException {
    try (ChildJvm child = ChildJvm.start(StandingChild.class)) {
      assertThat(child.line()).isEqualTo("begun");
    }
  }

  /** Who cannot wait for an entry for want of memory is told, and the scan ends. */
  @Test
  void subscriberThatCannotWaitForAnEntryIsTold() throws IOException {
    try (ChildJvm child = ChildJvm.start(SubscribingChild.class)) {
      assertThat(child.line()).isEqualTo("told, and closed");
    }
  }

  /** One store is in flight, and others wait for it; it ends while the heap is full. */
  static final class StandingChild {
    private StandingChild() {}

    public static void main(String[] arguments) throws Exception {
      ScriptedEngine engine = new ScriptedEngine();
      LocalSpool spool =
          new ScriptedSpool(new ScriptedSpool.Builder().maxConcurrentStores(1), engine);
      for (int i = 0; i < 3; i++) {
        var unused = spool.store(SpoolId.random(), new byte[1]);
      }
      WriteCall first = engine.written.take();
      first.join();
      Thread emptying = new Thread(Child::emptySoon);
      emptying.start();
      Child.fill();
      first.succeed();
      emptying.join();
      WriteCall next = engine.written.poll(10, TimeUnit.SECONDS);
      System.out.println(next == null ? "they stand" : "begun");
      Runtime.getRuntime().halt(0);
    }
  }

  /** A subscriber that asks for an entry while the heap is full. */
  static final class SubscribingChild {
    private static volatile Flow.@Nullable Subscription subscription;
    private static volatile boolean told;

    private SubscribingChild() {}

    private static final class Subscriber implements Flow.Subscriber<SpoolEntry> {
      @Override
      public void onSubscribe(Flow.Subscription asked) {
        subscription = asked;
      }

      @Override
      public void onNext(SpoolEntry entry) {}

      @Override
      public void onError(Throwable failure) {
        told = true;
      }

      @Override
      public void onComplete() {}
    }

    private static EntryChannel subscribed() {
      EntryChannel channel = EntryChannel.bounded(1, 1);
      channel.publisher().subscribe(new Subscriber());
      return channel;
    }

    public static void main(String[] arguments) throws Exception {
      EntryChannel used = subscribed(); // what is used for the first time takes memory
      Objects.requireNonNull(subscription).request(1);
      used.close();
      while (!told) {
        Thread
            .onSpinWait(); // what waits otherwise would use for the first time what is to be tried
      }
      String how = "never without memory";
      for (int i = 0; i < 20 && how.startsWith("never"); i++) {
        how = asksWithoutMemory();
      }
      System.out.println(how);
      Runtime.getRuntime().halt(0);
    }

    /** That the heap is full does not yet mean that the subscriber meets it. */
    private static String asksWithoutMemory() throws InterruptedException {
      told = false;
      EntryChannel channel = subscribed();
      Flow.Subscription asked = Objects.requireNonNull(subscription);
      Child.full = false;
      Thread emptying = new Thread(Child::emptySoon);
      emptying.start();
      Child.fill();
      try {
        asked.request(1);
      } catch (OutOfMemoryError e) {
        // As it would be thrown by a mistake of ours.
      }
      emptying.join();
      asked.request(1); // the subscriber is patient, and asks again
      boolean toldByItself = false;
      for (int i = 0; i < 100 && !toldByItself; i++) {
        Scarcity.pause();
        toldByItself = told;
      }
      boolean closed = channel.isCancelled();
      if (!toldByItself && !closed && isWaitedFor(channel)) {
        return "never without memory";
      }
      return (toldByItself ? "told" : "not told") + (closed ? ", and closed" : ", not closed");
    }

    /** Somebody waits for an entry of the channel, and so is told of its end. */
    private static boolean isWaitedFor(EntryChannel channel) {
      channel.close();
      for (int i = 0; i < 100 && !told; i++) {
        Scarcity.pause();
      }
      return told;
    }
  }

  /** A channel that fails while the heap is full, again and again until that has worked. */
  static final class WaitingChild {
    /** Set when nothing fills it any more: what is emptied earlier would be filled again. */
    private static volatile boolean filled;

    private WaitingChild() {}

    private static void emptySoon() {
      while (!filled) {
        LockSupport.parkNanos(1_000_000);
      }
      LockSupport.parkNanos(300_000_000);
      Child.filling = null;
    }

    public static void main(String[] arguments) throws Exception {
      SpoolIOException failure = new SpoolIOException("expected", Outcome.UNKNOWN, null);
      EntryChannel.bounded(1, 1).fail(failure); // what is used for the first time takes memory
      Scarcity.pause();
      System.out.println(isLeftWaiting(failure) ? "it waits on" : "told");
      Runtime.getRuntime().halt(0);
    }

    private static boolean isLeftWaiting(SpoolIOException failure) throws InterruptedException {
      EntryChannel channel = EntryChannel.bounded(1, 1);
      Thread waiting =
          new Thread(
              () -> {
                try {
                  var unused = channel.receive();
                } catch (SpoolIOException e) {
                  // Told.
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      waiting.setDaemon(true);
      waiting.start();
      while (waiting.getState() != Thread.State.WAITING) {
        LockSupport.parkNanos(1_000_000);
      }
      Thread emptying = new Thread(WaitingChild::emptySoon);
      emptying.setDaemon(true);
      emptying.start();
      Child.fill();
      Child.fill(); // what the first one has left over
      filled = true;
      boolean told = false;
      while (!told) {
        try {
          channel.fail(failure);
          told = true;
        } catch (OutOfMemoryError e) {
          Scarcity.pause();
        }
      }
      emptying.join();
      waiting.join(5_000);
      return waiting.isAlive();
    }
  }

  /** Has the heap full while one thing is done, and free again soon afterwards. */
  static final class Child {
    private static final int MANY = 50;

    /** What fills the heap; emptied by a thread of its own. */
    private static volatile Object @Nullable [] filling;

    private static volatile boolean full;

    private Child() {}

    public static void main(String[] arguments) throws Exception {
      ScriptedEngine engine = new ScriptedEngine();
      engine.mayLoad.countDown();
      engine.loaded = new byte[1];
      LocalSpool spool =
          new ScriptedSpool(new ScriptedSpool.Builder().maxConcurrentStores(2 * MANY), engine);
      List<CompletableFuture<?>> calls = new ArrayList<>();
      List<WriteCall> taken = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        calls.add(spool.store(SpoolId.random(), new byte[1]));
        WriteCall call = engine.written.take();
        call.join();
        taken.add(call);
      }
      if (arguments[0].equals("storeThatWaits")) {
        for (int i = 0; i < MANY; i++) {
          calls.add(spool.store(SpoolId.random(), new byte[1]));
        }
      }
      SpoolIOException failure = new SpoolIOException("expected", Outcome.UNKNOWN, null);
      SpoolId id = SpoolId.random();
      byte[] data = new byte[1];
      Thread emptying = new Thread(Child::emptySoon);
      emptying.start();
      fill();
      try {
        switch (arguments[0]) {
          case "succeed" -> taken.forEach(WriteCall::succeed);
          case "succeedAll" -> WriteCall.succeedAll(taken);
          case "fail" -> taken.forEach(call -> call.fail(failure));
          case "load" -> calls.add(spool.load(id));
          case "cleanup" -> calls.add(spool.cleanup());
          default -> calls.add(spool.store(id, data, Durability.SYNC, null));
        }
      } catch (OutOfMemoryError e) {
        // Whoever calls is told so.
      }
      emptying.join();
      taken.forEach(call -> call.fail(failure));
      CompletableFuture<Void> shutdown = spool.shutdown();
      while (!shutdown.isDone()) {
        WriteCall call = engine.written.poll(5, TimeUnit.MILLISECONDS);
        if (call != null && call.join()) {
          call.succeed();
        }
      }
      int open = 0;
      for (CompletableFuture<?> call : calls) {
        try {
          var unused = call.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
          // It has its result.
        } catch (java.util.concurrent.TimeoutException e) {
          open++;
        }
      }
      String how = "done";
      if (open > 0) {
        how = open + " calls have no result";
      } else if (shutdown.isCompletedExceptionally()) {
        how = "not closed";
      }
      System.out.println(how);
      Runtime.getRuntime().halt(0);
    }

    private static void fill() {
      try {
        while (true) {
          filling = new Object[] {filling};
        }
      } catch (OutOfMemoryError e) {
        full = true;
      }
    }

    private static void emptySoon() {
      while (!full) {
        LockSupport.parkNanos(1_000_000);
      }
      LockSupport.parkNanos(300_000_000);
      filling = null;
    }
  }
}
