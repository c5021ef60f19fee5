package dev.spool.journal;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Moves a damaged message out of the spool: {@code ID.damaged}, the bytes where it was, and {@code
 * ID.reason} beside it, which says why. Nothing that is in the directory already is overwritten.
 *
 * <p>Both are durable before the message is removed.
 */
final class Quarantine {
  private final Disk disk;
  private final JournalEngine engine;

  Quarantine(Disk disk, JournalEngine engine) {
    this.disk = disk;
    this.engine = engine;
  }

  /**
   * Moves a message, if it is damaged.
   *
   * @throws MessageNotFoundException if there is none
   * @throws SpoolException if it is whole, or cannot be read or moved now
   */
  void move(SpoolId id, Path directory) throws IOException {
    Journal journal = engine.current();
    Entry entry = journal.index().get(id);
    if (entry == null) {
      throw new MessageNotFoundException(id);
    }
    Damage damage = damage(journal, id);
    byte[] bytes = journal.bytesOf(entry);
    try {
      disk.createDirectories(directory);
      int attempt = 0;
      while (disk.exists(directory.resolve(name(id, attempt, "damaged")))
          || disk.exists(directory.resolve(name(id, attempt, "reason")))) {
        attempt++;
      }
      write(directory.resolve(name(id, attempt, "reason")), reason(id, damage));
      write(directory.resolve(name(id, attempt, "damaged")), bytes);
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw IoFailures.typed(
          "cannot move message " + id + " to " + directory, Outcome.NOT_APPLIED, e);
    }
    engine.removeDamaged(id, entry);
  }

  private static Damage damage(Journal journal, SpoolId id) throws IOException {
    byte[] message;
    try {
      message = journal.load(id);
    } catch (Damage e) {
      return e;
    }
    if (message == null) {
      throw new MessageNotFoundException(id);
    }
    throw new SpoolException(
        "the message is whole",
        "message " + id + " is whole, and was left where it is",
        Outcome.NOT_APPLIED,
        null);
  }

  private static String name(SpoolId id, int attempt, String suffix) {
    return id + (attempt == 0 ? "" : "." + attempt) + "." + suffix;
  }

  private static byte[] reason(SpoolId id, Damage damage) {
    String text =
        "message: "
            + id
            + "\nfrom: "
            + damage.location()
            + "\nmoved: "
            + Instant.now()
            + "\nerror: "
            + damage.error()
            + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void write(Path path, byte[] bytes) throws IOException {
    try (DiskFile file = disk.create(path)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.force(false);
    }
  }
}
