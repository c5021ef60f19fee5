package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.PowerCutDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A small journal in memory, for tests that drive it by hand. */
final class Journals {
  static final Path DIRECTORY = Path.of("/journal");
  static final int SEGMENT = 16 * Format.BLOCK;

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

  /** Loads a message; what is wrong with it is thrown. */
  static byte @Nullable [] load(Journal journal, SpoolId id) throws IOException {
    try {
      return journal.load(id);
    } catch (Damage e) {
      throw new AssertionError(e.error(), e);
    }
  }
}
