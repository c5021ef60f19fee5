package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Interrupting a caller harms nothing: a file channel that closes on interrupt must be out of its
 * reach.
 */
public interface InterruptContract extends BackendContract {

  /** Every call works on an interrupted thread, and leaves the interrupt to its owner. */
  @Test
  default void callsOnAnInterruptedThread(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 30, 5000);
    try (Spool spool = open(dir)) {
      List<CompletableFuture<?>> calls = new ArrayList<>();
      EntryChannel enumerated = EntryChannel.bounded(100, 1 << 20);
      EntryChannel listed = EntryChannel.bounded(100, 1 << 20);
      Thread.currentThread().interrupt();
      try {
        messages.forEach((id, data) -> calls.add(spool.store(id, data)));
        calls.forEach(CompletableFuture::join);
        messages.keySet().forEach(id -> calls.add(spool.load(id)));
        CompletableFuture<ScanReport> enumeration = spool.enumerate(enumerated);
        CompletableFuture<ScanReport> listing = spool.list(listed);
        calls.add(spool.cleanup());
        calls.add(spool.compact());
        calls.add(spool.remove(SpoolId.random(), Durability.SYNC, null));
        calls.add(spool.adviseLowMemory());
        calls.forEach(CompletableFuture::join);
        assertThat(enumeration.join().items()).isEqualTo(30);
        assertThat(listing.join().items()).isEqualTo(30);
      } finally {
        assertThat(Thread.interrupted()).as("the caller's interrupt").isTrue();
      }
      Check.holdsExactly(spool, messages);
    }
  }

  /** A spool that a caller was interrupted over and over while using is whole. */
  @Test
  default void callersThatAreInterruptedAgainAndAgain(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 100, 3000);
    try (Spool spool = open(dir)) {
      CompletableFuture<Void> work =
          Threads.run(
              () -> {
                Thread own = Thread.currentThread();
                for (Map.Entry<SpoolId, byte[]> message : messages.entrySet()) {
                  own.interrupt();
                  spool
                      .store(message.getKey(), message.getValue(), Durability.BUFFERED, null)
                      .join();
                  own.interrupt();
                  Check.same(spool.load(message.getKey()).join(), message.getValue());
                }
              });
      Check.get(work);
      Check.holdsExactly(spool, messages);
    }
  }

  /** A continuation that leaves its thread interrupted disturbs no later call. */
  @Test
  default void continuationsThatInterruptTheirThread(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    try (Spool spool = open(dir)) {
      for (int i = 0; i < 50; i++) {
        SpoolId id = SpoolId.random();
        messages.put(id, Messages.of(i, 500));
        Thread.currentThread()
            .interrupt(); // the continuation may run here, if the store is done at once
        spool
            .store(id, Messages.of(i, 500), Durability.BUFFERED, null)
            .whenComplete((done, failure) -> Thread.currentThread().interrupt())
            .join();
        assertThat(Thread.interrupted()).isTrue();
      }
      Check.holdsExactly(spool, messages);
    }
  }

  /**
   * A scan that waits for its consumer is complete, though somebody interrupts each of its threads
   * meanwhile, as whoever ends a group of threads does: it neither ends early, nor closes a file.
   */
  @Test
  default void scanWhoseThreadsAreInterrupted(@TempDir Path dir) throws InterruptedException {
    Map<SpoolId, byte[]> messages = Messages.mixed(3, 5000, 100);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      Set<Thread> others = Thread.getAllStackTraces().keySet();
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      List<SpoolEntry> entries = new ArrayList<>();
      entries.add(channel.receive());
      for (Thread thread : begun(spool, others)) {
        Threads.awaitWaiting(thread);
        thread.interrupt();
      }
      channel.forEach(entries::add);
      Check.sameMessages(new Check.Scanned(entries, Check.get(scan)).items(), messages);
      Check.sameMessages(Check.enumerate(spool).items(), messages);
    }
  }

  /**
   * Returns the spool's threads that are there since then: those that are named as {@code
   * SpoolThreads} names them, since others may begin threads at any time. Of a spool that names
   * none of its threads so all are returned, as nobody can tell which are its own.
   */
  private static List<Thread> begun(Spool spool, Set<Thread> others) {
    List<Thread> all = new ArrayList<>(Thread.getAllStackTraces().keySet());
    String prefix = "spool-" + spool.stats().name() + "-";
    boolean isNamed = all.stream().anyMatch(thread -> thread.getName().startsWith(prefix));
    all.removeIf(thread -> isNamed && !thread.getName().startsWith(prefix));
    all.removeAll(others);
    return all;
  }

  /** Shutting down on an interrupted thread waits for the end, and keeps the interrupt. */
  @Test
  default void shutdownOnAnInterruptedThread(@TempDir Path dir) {
    Spool spool = open(dir);
    Check.get(spool.store(SpoolId.random(), Messages.of(1, 10)));
    Thread.currentThread().interrupt();
    try {
      spool.close();
    } finally {
      assertThat(Thread.interrupted()).as("the caller's interrupt").isTrue();
    }
    open(dir).close();
  }
}
