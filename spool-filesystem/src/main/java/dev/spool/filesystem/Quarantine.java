package dev.spool.filesystem;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Moves a damaged message out of the spool: {@code ID.damaged}, and {@code ID.reason} beside it,
 * which says why. Nothing that is in the directory already is overwritten.
 *
 * <p>The reason is there before the file is moved, and the file is durably in its new place before
 * its old name is durably gone: whatever happens in between, it is in one of the two.
 *
 * <p>The directory may be another machine's, and slow: all that is done there is done before names
 * are locked. What is done under the lock is to see that the file is still the one that was found
 * damaged, and to rename or delete it.
 *
 * <p>For one call, by one thread, while no other quarantine of the spool is under way.
 */
final class Quarantine {
  private static final int PIECE = 256 << 10;

  private final Disk disk;
  private final FileLayout layout;
  private final MessageFiles files;
  private final DirectoryForces forces;
  private final MessageReader reader;
  private final Faults faults;

  /** Whether anything was tried with the message itself. */
  private Outcome outcome = Outcome.NOT_APPLIED;

  Quarantine(
      Disk disk,
      FileLayout layout,
      MessageFiles files,
      DirectoryForces forces,
      MessageReader reader,
      Faults faults) {
    this.disk = disk;
    this.layout = layout;
    this.files = files;
    this.forces = forces;
    this.reader = reader;
    this.faults = faults;
  }

  /**
   * Moves a message's file, if it is damaged.
   *
   * @throws dev.spool.MessageNotFoundException if there is none
   * @throws SpoolException if it is whole, or cannot be read or moved now. What fails in {@code
   *     directory} is for the caller to know, and says nothing about the spool's health.
   */
  void move(SpoolId id, Path directory) {
    String unused = damageOf(id);
    long change;
    try {
      disk.createDirectories(directory);
      do {
        change = tryMove(id, directory);
      } while (change == NameChanges.NONE);
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw IoFailures.typed("cannot move message " + id + " to " + directory, outcome, e);
    }
    int slot = FileLayout.slot(id);
    Path from = layout.directory(slot);
    long making;
    try {
      forces.force(slot);
      making = forces.lastMaking(slot);
      forces.forceSlotNames(); // behind it: the slot may have been made again
    } catch (IOException | RuntimeException | Error e) {
      throw faults.forcingDirectory(from, e);
    }
    if (change <= forces.lost(slot, making)) {
      throw faults.lost(layout.file(id));
    }
  }

  /**
   * Moves the file as it is now.
   *
   * @return the number of the change; {@link NameChanges#NONE} if another file took its place
   *     meanwhile, which may be whole
   */
  private long tryMove(SpoolId id, Path directory) throws IOException {
    Path file = layout.file(id);
    FileFacts found;
    try {
      found = disk.facts(file); // first: what is read may be newer, and is looked at again then
    } catch (NoSuchFileException e) {
      throw faults.notFound(file, id);
    }
    int attempt = freeName(id, directory);
    Path reason = directory.resolve(FileLayout.reasonName(id, attempt));
    Path target = directory.resolve(FileLayout.quarantinedName(id, attempt));
    boolean near = writeReason(text(id, damageOf(id)), reason);
    if (!near) {
      copy(found, file, target);
      disk.forceDirectory(directory);
    }
    long change =
        files.moveAway(id, () -> isStill(file, found) && move(file, near ? target : null));
    if (change == NameChanges.NONE) {
      if (!near) {
        disk.deleteIfExists(target); // the copy
      }
      disk.deleteIfExists(reason);
    }
    return change;
  }

  private boolean isStill(Path file, FileFacts found) throws IOException {
    try {
      return disk.facts(file).equals(found);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Renames the file, or deletes it, if it was copied. */
  private boolean move(Path file, @Nullable Path target) throws IOException {
    outcome = Outcome.UNKNOWN;
    if (target == null) {
      return disk.deleteIfExists(file);
    }
    disk.rename(file, target);
    return true;
  }

  /** Tells what is wrong with a message; throws if nothing is. */
  private String damageOf(SpoolId id) {
    Path file = layout.file(id);
    try {
      if (!files.isDirectory(FileLayout.slot(id))) {
        throw faults.notFound(file, id); // at most a link, which leads out of the spool
      }
      reader.read(file, id);
    } catch (NoSuchFileException e) {
      throw faults.notFound(file, id);
    } catch (Damage e) {
      return e.error();
    } catch (IOException e) {
      throw faults.reading("cannot read", file, e);
    }
    throw new SpoolException(
        "the message is whole",
        "message " + id + " at " + file + " is whole, and was left where it is",
        Outcome.NOT_APPLIED,
        null);
  }

  /** Returns which of the names of a message are free: that of its file, and that of the reason. */
  private int freeName(SpoolId id, Path directory) throws IOException {
    int attempt = 0;
    while (disk.exists(directory.resolve(FileLayout.quarantinedName(id, attempt)))
        || disk.exists(directory.resolve(FileLayout.reasonName(id, attempt)))) {
      attempt++;
    }
    return attempt; // nobody else of this process takes it: there is one quarantine at a time
  }

  private String text(SpoolId id, String error) {
    return "message: "
        + id
        + "\nfrom: "
        + layout.file(id)
        + "\nmoved: "
        + Instant.now()
        + "\nerror: "
        + error
        + "\n";
  }

  /**
   * Writes the reason into a file of the spool, and renames it.
   *
   * @return whether that is possible; if not, as on another file system, the reason was written in
   *     its place, and the message has to be copied
   */
  private boolean writeReason(String text, Path reason) throws IOException {
    Path temporary = layout.newTemporary();
    try {
      write(text, temporary);
      disk.rename(temporary, reason);
      return true;
    } catch (IOException e) {
      write(text, reason);
      return false;
    } finally {
      disk.deleteIfExists(temporary);
    }
  }

  private void write(String text, Path to) throws IOException {
    try (DiskFile file = disk.create(to)) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      file.force(false);
    }
  }

  /** Copies to another file system. */
  private void copy(FileFacts found, Path from, Path to) throws IOException {
    if (!found.regularFile()) { // a pipe would be waited for, a device never ends
      throw new IOException(
          from + " is no regular file, and cannot be copied to another file system");
    }
    try (DiskFile source = disk.openRead(from);
        DiskFile target = disk.create(to)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      long at = 0;
      while (source.read(piece, at) > 0) {
        piece.flip();
        int count = piece.remaining();
        target.write(piece, at);
        at += count;
        piece.clear();
      }
      target.force(false);
    }
  }
}
