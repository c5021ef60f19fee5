package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What the tests of this backend have in common. */
final class TestSpools {
  /** The beginning of a slot. */
  private static final long TIME = Instant.parse("2026-03-04T05:06:07Z").toEpochMilli() & ~0xFFL;

  private static final AtomicLong SLOTS = new AtomicLong();

  private TestSpools() {}

  static FileSpool open(Path directory, Disk disk) {
    return FileSpool.builder(directory).disk(disk).open();
  }

  /** Returns an id of the one slot that most tests use. */
  static SpoolId id() {
    return SpoolId.at(Instant.ofEpochMilli(TIME));
  }

  /** Returns an id of a slot that no other test uses. */
  static SpoolId idInAnotherSlot() {
    return SpoolId.at(Instant.ofEpochMilli(TIME + (SLOTS.incrementAndGet() << 8)));
  }

  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw SpoolException.unwrap(e);
    }
  }

  static SpoolException failure(CompletableFuture<?> future) {
    try {
      future.join();
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    }
    throw new AssertionError("it did not fail");
  }

  /** Waits until it takes stores again. */
  static void awaitStores(FileSpool spool) {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (spool.unhealthyReason() != null) {
      assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Puts another file in the place of a message's, as a replacement does. */
  static void replace(Path file, SpoolId id, byte[] message) throws IOException {
    Files.delete(file);
    byte[] trailer = Trailer.of(id, message).encode();
    byte[] all = Arrays.copyOf(message, message.length + trailer.length);
    System.arraycopy(trailer, 0, all, message.length, trailer.length);
    Files.write(file, all);
  }

  static List<SpoolEntry> enumerate(FileSpool spool) {
    EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
    return received(channel, spool.enumerate(channel));
  }

  static List<SpoolEntry> list(FileSpool spool) {
    EntryChannel channel = EntryChannel.bounded(4, 1 << 20);
    return received(channel, spool.list(channel));
  }

  private static List<SpoolEntry> received(EntryChannel channel, CompletableFuture<?> scan) {
    List<SpoolEntry> entries = new ArrayList<>();
    channel.forEach(entries::add);
    assertThat(get(scan)).isNotNull();
    return entries;
  }
}
