package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.ForwardingSpool;
import dev.spool.testkit.InterruptContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which threads are interrupted by whoever looks at what an interrupt does to a spool. */
@Tag("same-on-any-jdk")
class InterruptBitesTest {

  /** Spools of {@code memory:}, of which each scan begins with something else. */
  private record Fixture(Consumer<Spool> beginning) implements SpoolFixture {
    @Override
    public Set<Trait> traits() {
      return Set.of();
    }

    @Override
    public String uri(Path directory) {
      return "memory:" + directory.getFileName();
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return new ForwardingSpool(Spools.open(uri(directory))) {
        @Override
        public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
          CompletableFuture<ScanReport> scan = wrapped.enumerate(channel, startTime);
          beginning.accept(wrapped);
          return scan;
        }
      };
    }
  }

  private static Thread begin(String name, CountDownLatch end, CountDownLatch interrupted) {
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Somebody else's is not, as whoever reaps processes; the spool's own is. */
  @Test
  void threadsOfTheSpoolAreInterruptedAndNoOthers(@TempDir Path dir) throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch own = new CountDownLatch(1);
    CountDownLatch foreign = new CountDownLatch(1);
    InterruptContract contract =
        () ->
            new Fixture(
                spool -> {
                  Thread unused = begin("somebody else's", end, foreign);
                  unused = begin("spool-" + spool.stats().name() + "-other", end, own);
                });

    contract.scanWhoseThreadsAreInterrupted(dir);

    assertThat(own.await(60, TimeUnit.SECONDS)).as("interrupted").isTrue();
    assertThat(foreign.getCount()).as("not interrupted").isEqualTo(1);
    end.countDown();
  }
}
