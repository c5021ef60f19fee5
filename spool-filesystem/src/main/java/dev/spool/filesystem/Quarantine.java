package dev.spool.filesystem;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Moves a damaged message out of the spool: {@code ID.damaged}, and {@code ID.reason} beside it,
 * which says why. Nothing that is in the directory already is overwritten.
 *
 * <p>The reason is there before the file is moved, and the file is durably in its new place before
 * its old name is durably gone: whatever happens in between, it is in one of the two.
 */
final class Quarantine {
  private static final int PIECE = 256 << 10;

  private final Disk disk;
  private final FileLayout layout;
  private final MessageFiles files;
  private final MessageReader reader;
  private final Faults faults;

  Quarantine(
      Disk disk, FileLayout layout, MessageFiles files, MessageReader reader, Faults faults) {
    this.disk = disk;
    this.layout = layout;
    this.files = files;
    this.reader = reader;
    this.faults = faults;
  }

  /**
   * Moves a message's file, if it is damaged.
   *
   * @throws MessageNotFoundException if there is none
   * @throws SpoolException if it is whole, or cannot be read or moved now. What fails in {@code
   *     directory} is for the caller to know, and says nothing about the spool's health.
   */
  void move(SpoolId id, Path directory) {
    damageOf(id);
    long change;
    try {
      disk.createDirectories(directory);
      // Once more, where nothing can replace it: a message that is whole must not be moved.
      change = files.moveAway(id, () -> move(layout.file(id), id, damageOf(id), directory));
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw IoFailures.typed("cannot move message " + id + " to " + directory, Outcome.UNKNOWN, e);
    }
    int slot = FileLayout.slot(id);
    try {
      files.force(slot);
      files.forceSlotNames(); // behind it: the slot may have been made again
    } catch (IOException e) {
      throw faults.forcingDirectory(layout.directory(slot), e);
    }
    if (change <= files.lost(slot)) {
      throw faults.lost(layout.file(id));
    }
  }

  /** Tells what is wrong with a message; throws if nothing is. */
  private String damageOf(SpoolId id) {
    Path file = layout.file(id);
    try {
      if (!files.isDirectory(FileLayout.slot(id))) {
        throw new MessageNotFoundException(id); // at most a link, which leads out of the spool
      }
      reader.read(file, id);
    } catch (NoSuchFileException e) {
      throw new MessageNotFoundException(id);
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

  private void move(Path file, SpoolId id, String error, Path directory) throws IOException {
    int attempt = writeReason(file, id, error, directory);
    Path target = directory.resolve(FileLayout.quarantinedName(id, attempt));
    try {
      disk.rename(file, target);
    } catch (AtomicMoveNotSupportedException e) {
      copy(file, target);
      disk.forceDirectory(directory);
      disk.deleteIfExists(file);
    }
  }

  /** Writes the reason under a name that is free, and whose partner is; returns which. */
  private int writeReason(Path file, SpoolId id, String error, Path directory) throws IOException {
    int attempt = 0;
    while (disk.exists(directory.resolve(FileLayout.quarantinedName(id, attempt)))
        || disk.exists(directory.resolve(FileLayout.reasonName(id, attempt)))) {
      attempt++;
    }
    String text =
        "message: " + id + "\nfrom: " + file + "\nmoved: " + Instant.now() + "\nerror: " + error;
    try (DiskFile reason = disk.create(directory.resolve(FileLayout.reasonName(id, attempt)))) {
      reason.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)), 0);
      reason.force(false);
    }
    return attempt;
  }

  /** Copies to another file system. */
  private void copy(Path from, Path to) throws IOException {
    if (!disk.facts(from).regularFile()) { // a pipe would be waited for, a device never ends
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
