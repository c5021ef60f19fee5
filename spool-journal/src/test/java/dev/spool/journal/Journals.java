package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.PowerCutDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A small journal in memory, for tests that drive it by hand. */
final class Journals {
  static final Path DIRECTORY = Path.of("/journal");
  static final int SEGMENT = 16 * Format.BLOCK;

  static final Path ROSTER_FILE = DIRECTORY.resolveSibling(Roster.FILE);

  /** What the list of the segments takes. */
  static final int ROSTER = 2 * Format.BLOCK;

  private static final UUID STORE = new UUID(1, 2);

  final PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(1));

  Journals() {
    try {
      disk.createDirectories(DIRECTORY);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Opens the journal; the process that had it open is no more. */
  Replay.Opened open() throws IOException {
    disk.kill();
    return reopen();
  }

  /** Opens the journal; whether the process that had it open is no more is for the caller. */
  Replay.Opened reopen() throws IOException {
    return Replay.open(segments(), new Rules(), new HashSet<>(), Format.BLOCK);
  }

  Segments segments() {
    return segments(disk);
  }

  /** Returns the segments as they are seen through another disk. */
  Segments segments(Disk disk) {
    return new Segments(disk, DIRECTORY, STORE, SEGMENT, new Rules(), new SplittableRandom(7));
  }

  /** Returns what is in a file. */
  byte[] bytes(Path path) throws IOException {
    try (DiskFile file = disk.openRead(path)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.readFully(bytes, 0);
      return bytes.array();
    }
  }

  /** Returns the path of a segment. */
  static Path path(int number) {
    return DIRECTORY.resolve(Format.fileName(number));
  }

  /** Returns always the same id for a number. */
  static SpoolId id(int n) {
    return SpoolId.fromUuid(new UUID((long) n << 16 | 0x7000, 0x8000000000000000L | n));
  }

  static byte[] message(int seed, int length) {
    byte[] message = new byte[length];
    new SplittableRandom(seed).nextBytes(message);
    return message;
  }

  /** Returns the ids that are in the tables of an index, each of which it has to be found by. */
  static Set<SpoolId> ids(Index index) {
    ScanBatch batch = new ScanBatch();
    for (int shard = 0; shard < index.shards(); shard++) {
      index.addTo(batch, shard);
    }
    Set<SpoolId> ids = new HashSet<>();
    for (int at = 0; at < batch.end(); at += Index.WORDS) {
      if (batch.words()[at] != 0 && !ids.add(Index.id(batch.words(), at))) {
        throw new AssertionError(Index.id(batch.words(), at) + " is there twice");
      }
    }
    if (ids.size() != batch.size() || batch.size() != index.size()) {
      throw new AssertionError("it says that there are " + index.size() + " of " + ids.size());
    }
    return ids;
  }

  /** Loads a message; what is wrong with it is thrown. */
  static byte @Nullable [] load(Journal journal, SpoolId id) throws IOException {
    try {
      return journal.load(id);
    } catch (Damage e) {
      throw new AssertionError(e.error(), e);
    }
  }
}
