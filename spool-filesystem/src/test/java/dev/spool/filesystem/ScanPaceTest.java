package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A scan shows its first entry before it knows the last, and stops when nobody listens. */
class ScanPaceTest {
  @TempDir private Path dir;

  /** Whatever its size: it has been shown so many names, and no more. */
  @ParameterizedTest
  @ValueSource(ints = {200, 1_000})
  void firstEntryComesWhileADirectoryIsStillBeingListed(int messages) throws InterruptedException {
    int names = 64;
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
                  if (shown.incrementAndGet() == names && await(received)) {
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

  /** Else it would wait for the slowest of a bunch. */
  @Test
  void firstEntryIsHandedOverBeforeAnotherIsRead() throws InterruptedException {
    CountDownLatch received = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger waitedInVain = new AtomicInteger();
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) {
            if (path.toString().contains("/data/")
                && begun.incrementAndGet() > 1
                && !await(received)) {
              waitedInVain.incrementAndGet();
              received.countDown();
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      fill(spool, 100);
      EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(channel.receive()).isNotNull();
      received.countDown();
      int count = 1;
      while (channel.receive() != null) {
        count++;
      }
      assertThat(count).isEqualTo(100);
      assertThat(TestSpools.get(scan).items()).isEqualTo(100);
      assertThat(waitedInVain).hasValue(0);
    }
  }

  /** Thousands of empty directories take as long as a few of them do one after the other. */
  @Test
  void directoriesAreListedSideBySide() throws IOException {
    AtomicInteger listings = new AtomicInteger();
    CountDownLatch together = new CountDownLatch(FileScan.READERS);
    AtomicInteger waitedInVain = new AtomicInteger();
    FileLayout layout = new FileLayout(dir);
    SpoolId id = TestSpools.id();
    int last = FileLayout.slot(id);
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            boolean isSlot =
                directory.startsWith(layout.data()) && !directory.equals(layout.data());
            // The first few tell that there are many of them.
            if (isSlot && listings.incrementAndGet() > 2 * FileScan.READERS) {
              together.countDown();
              if (waitedInVain.get() == 0 && !await(together)) {
                waitedInVain.incrementAndGet();
              }
            }
            super.list(directory, visitor);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      TestSpools.get(spool.store(id, new byte[1]));
      for (int slot = last - 4 * FileScan.READERS; slot < last; slot++) {
        Files.createDirectory(layout.directory(slot));
      }
      assertThat(TestSpools.enumerate(spool)).hasSize(1);
      assertThat(waitedInVain).hasValue(0);
    }
  }

  /** It is listed twice then, and what the first listing has shown comes once all the same. */
  @ParameterizedTest
  @ValueSource(ints = {ScanNames.SMALL - 1, ScanNames.SMALL, ScanNames.SMALL + 100})
  void slotOfManyNamesIsSeenOnce(int messages) throws IOException {
    FileLayout layout = new FileLayout(dir);
    AtomicInteger listings = new AtomicInteger();
    ForwardingDisk counting =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            if (directory.getParent().equals(layout.data())) {
              listings.incrementAndGet();
            }
            super.list(directory, visitor);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, counting)) {
      SpoolId first = TestSpools.id();
      Path slot = layout.directory(FileLayout.slot(first));
      TestSpools.get(spool.store(first, new byte[1]));
      for (int i = 1; i < messages; i++) { // which a listing does not read
        Files.createLink(layout.file(TestSpools.id()), layout.file(first));
      }
      for (int i = 0; i < 10; i++) {
        Files.createFile(slot.resolve("foreign-" + i));
      }
      Files.createFile(layout.directory(0));
      List<SpoolEntry> entries = TestSpools.list(spool);
      assertThat(entries).hasSize(messages + 11).doesNotHaveDuplicates();
      assertThat(entries.stream().filter(SpoolEntry.Corrupt.class::isInstance)).hasSize(11);
      assertThat(listings).as("and that of what is no slot").hasValueLessThanOrEqualTo(3);
    }
  }

  /** What no store has written has names of any length: few of them are held at once. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void moreForeignNamesThanAreHeldAtOnceAreSeenOnce(boolean inSlot) throws IOException {
    FileLayout layout = new FileLayout(dir);
    SpoolId id = TestSpools.id();
    Path directory = inSlot ? layout.directory(FileLayout.slot(id)) : layout.data();
    AtomicInteger listings = new AtomicInteger();
    ForwardingDisk counting =
        new ForwardingDisk() {
          @Override
          public void list(Path listed, DirectoryVisitor visitor) throws IOException {
            if (listed.equals(directory)) {
              listings.incrementAndGet();
            }
            super.list(listed, visitor);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, counting)) {
      TestSpools.get(spool.store(id, new byte[1]));
      int foreign = 8192 + 100;
      for (int i = 0; i < foreign; i++) {
        Files.createFile(directory.resolve("foreign-" + i));
      }
      assertThat(TestSpools.list(spool)).hasSize(1 + foreign).doesNotHaveDuplicates();
      assertThat(listings).hasValueGreaterThan(1 + (inSlot ? 1 : 0));
    }
  }

  /** A message that is longer when it is looked up again has to have room, too. */
  @Test
  void scanThatWaitsForItsConsumerHasNoFileOpen() throws InterruptedException {
    int messages = 40;
    AtomicInteger open = new AtomicInteger();
    Set<Path> replaced = ConcurrentHashMap.newKeySet();
    ForwardingDisk counting =
        new ForwardingDisk() {
          @Override
          void beforeReading(Path path) throws IOException {
            SpoolId id = FileLayout.parseFileName(String.valueOf(path.getFileName()));
            if (id != null) {
              open.incrementAndGet();
              if (replaced.add(path)) {
                TestSpools.replace(path, id, new byte[1 << 20]);
              }
            }
          }

          @Override
          void afterClosing(Path path) {
            if (FileLayout.parseFileName(String.valueOf(path.getFileName())) != null) {
              open.decrementAndGet();
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, counting)) {
      fill(spool, messages);
      open.set(0);
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      for (int received = 0; received < messages; received++) {
        awaitNone(open);
        SpoolEntry entry = channel.receive();
        assertThat(entry)
            .isInstanceOfSatisfying(
                SpoolEntry.Item.class, item -> assertThat(item.data()).hasSize(1 << 20));
      }
      assertThat(channel.receive()).isNull();
      assertThat(TestSpools.get(scan).items()).isEqualTo(messages);
      assertThat(replaced).hasSize(messages);
    }
  }

  /** Waits: what is under way ends soon, but for what waits for the consumer. */
  private static void awaitNone(AtomicInteger open) {
    for (long end = System.nanoTime() + 60_000_000_000L; open.get() > 0; ) {
      assertThat(System.nanoTime()).as("open: %s", open).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void cancelledScanReadsNothingMoreThanIsBeingRead() throws InterruptedException {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(FileScan.READERS);
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

  @Test
  void cancelledListingLooksAtNothingMoreThanIsBeingLookedAt() throws InterruptedException {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch looking = new CountDownLatch(FileScan.READERS);
    AtomicInteger begun = new AtomicInteger();
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          void beforeLookingAt(Path path) {
            if (begun.incrementAndGet() > 100) {
              looking.countDown();
              assertThat(await(cancelled)).isTrue();
            }
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      fill(spool, 2_000);
      EntryChannel channel = EntryChannel.bounded(1, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.list(channel);
      assertThat(channel.receive()).isNotNull();
      assertThat(looking.await(1, TimeUnit.MINUTES)).as("every reader looks").isTrue();
      channel.close();
      int before = begun.get();
      cancelled.countDown();
      assertThat(TestSpools.failure(scan)).isInstanceOf(ScanCancelledException.class);
      assertThat(begun).hasValue(before);
    }
  }

  /**
   * What is listed is not given out before all of it is known, or much of it.
   *
   * @param slots whether it is the directory of the slots that is listed, or one of them
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scanThatIsCancelledWhileADirectoryIsListedListsItNoFurther(boolean slots)
      throws IOException {
    FileLayout layout = new FileLayout(dir);
    SpoolId id = TestSpools.id();
    Path directory = slots ? layout.data() : layout.directory(FileLayout.slot(id));
    EntryChannel channel = EntryChannel.bounded(1, 1 << 20);
    AtomicInteger shown = new AtomicInteger();
    ForwardingDisk disk =
        new ForwardingDisk() {
          @Override
          public void list(Path listed, DirectoryVisitor visitor) throws IOException {
            super.list(
                listed,
                entry -> {
                  if (listed.equals(directory) && shown.incrementAndGet() == 10) {
                    channel.close();
                  }
                  return visitor.visit(entry);
                });
          }
        };
    try (FileSpool spool = TestSpools.open(dir, disk)) {
      TestSpools.get(spool.store(id, new byte[1]));
      for (int i = 0; i < 200; i++) {
        Files.createFile(directory.resolve("foreign-" + i));
      }
      shown.set(0);
      assertThat(TestSpools.failure(spool.list(channel)))
          .isInstanceOf(ScanCancelledException.class);
      assertThat(shown).as("and one for each reader").hasValueBetween(10, 10 + FileScan.READERS);
    }
  }

  /** Those that wait for others to list a slot wait on. */
  @Test
  void readersThatAreInterruptedReadOn() throws InterruptedException {
    FileLayout layout = new FileLayout(dir);
    CountDownLatch listing = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    ForwardingDisk slow =
        new ForwardingDisk() {
          @Override
          public void list(Path directory, DirectoryVisitor visitor) throws IOException {
            if (layout.data().equals(directory.getParent())) {
              listing.countDown();
              assertThat(await(interrupted)).isTrue();
            }
            super.list(directory, visitor);
          }
        };
    try (FileSpool spool = TestSpools.open(dir, slow)) {
      fill(spool, 2_000);
      EntryChannel channel = EntryChannel.bounded(2_000, 1 << 20);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      assertThat(listing.await(1, TimeUnit.MINUTES)).isTrue();
      interruptReadersThatWait(FileScan.READERS - 1);
      interrupted.countDown();
      assertThat(TestSpools.get(scan).items()).isEqualTo(2_000);
    }
  }

  private void interruptReadersThatWait(int count) {
    List<Thread> waiting = new ArrayList<>();
    for (long end = System.nanoTime() + 60_000_000_000L; waiting.size() < count; ) {
      assertThat(System.nanoTime()).as("waiting: %s", waiting).isLessThan(end);
      waiting.clear();
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().contains(dir.getFileName() + "-scan-reader-")
            && thread.getState() == Thread.State.WAITING) {
          waiting.add(thread);
        }
      }
    }
    waiting.forEach(Thread::interrupt);
  }

  /** So no consumer, however slow, keeps a file system from being unmounted. */
  @Test
  void scanThatWaitsForItsConsumerHasNoDirectoryOpen() throws InterruptedException {
    AtomicInteger opened = new AtomicInteger();
    AtomicInteger open = new AtomicInteger();
    ForwardingDisk counting =
        new ForwardingDisk() {
          @Override
          public DiskDirectory openDirectory(Path directory) throws IOException {
            DiskDirectory to = super.openDirectory(directory);
            opened.incrementAndGet();
            open.incrementAndGet();
            return new DiskDirectory() {
              @Override
              public FileFacts facts(String name) throws IOException {
                return to.facts(name);
              }

              @Override
              public DiskFile openRead(String name) throws IOException {
                return to.openRead(name);
              }

              @Override
              public void close() throws IOException {
                open.decrementAndGet();
                to.close();
              }
            };
          }
        };
    try (FileSpool spool = TestSpools.open(dir, counting)) {
      for (int i = 0; i < 60; i++) {
        TestSpools.get(spool.store(TestSpools.id(), new byte[1 << 20], Durability.BUFFERED, null));
      }
      EntryChannel channel = EntryChannel.bounded(1, 1);
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      for (int received = 0; received < 60; received++) {
        // Its memory holds eight of them: all others wait by now, or soon.
        awaitNone(open);
        assertThat(channel.receive()).isNotNull();
      }
      assertThat(channel.receive()).isNull();
      assertThat(TestSpools.get(scan).items()).isEqualTo(60);
      assertThat(opened).hasValueGreaterThan(2);
      assertThat(open).hasValue(0);
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
