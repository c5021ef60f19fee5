package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scan shows its first entry before it knows the last, and stops when nobody listens. */
class ScanPaceTest {
  private static final int READERS = 16;

  @TempDir private Path dir;

  @Test
  void firstEntryComesWhileADirectoryIsStillBeingListed() throws InterruptedException {
    int messages = 200;
    CountDownLatch received = new CountDownLatch(1);
    AtomicInteger waitedFor = new AtomicInteger();
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            AtomicInteger shown = new AtomicInteger();
            super.list(
                directory,
                entry -> {
                  if (shown.incrementAndGet() == messages / 2 && await(received)) {
                    waitedFor.incrementAndGet();
                  }
                  return visitor.visit(entry);
                });
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      fill(spool, messages);
      EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      received.countDown();
      int count = 1;
      while (channel.receive() != null) {
        count++;
      }
      assertThat(count).isEqualTo(messages);
      assertThat(TestSpools.get(scan).items()).isEqualTo(messages);
      assertThat(waitedFor).as("listings that waited for the first entry").hasValue(1);
    }
  }

  @Test
  void cancelledScanReadsNothingMoreThanIsBeingRead() throws InterruptedException {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(READERS);
    AtomicInteger begun = new AtomicInteger();
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) {
            if (path.toString().contains("/data/") && begun.incrementAndGet() > 100) {
              reading.countDown();
              assertThat(await(cancelled)).isTrue();
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      fill(spool, 2_000);
      EntryChannel channel = EntryChannel.bounded(1, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      assertThat(reading.await(1, TimeUnit.MINUTES)).as("every reader reads").isTrue();
      channel.close();
      int before = begun.get();
      cancelled.countDown();
      assertThat(TestSpools.failure(scan)).isInstanceOf(ScanCancelledException.class);
      assertThat(begun).hasValue(before);
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All in one slot. */
  private static void fill(FileSpool spool, int messages) {
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      SpoolId id = TestSpools.id();
      stores.add(spool.store(id, new byte[10], Durability.BUFFERED, null));
    }
    stores.forEach(TestSpools::get);
  }
}
