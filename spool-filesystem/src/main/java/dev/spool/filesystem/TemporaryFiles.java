package dev.spool.filesystem;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files in which messages are written before they get their names. What an opening finds was
 * left by one that died, and is deleted before the first call; later nothing is swept, since it
 * might be in use.
 *
 * <p>Thread-safe.
 */
final class TemporaryFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TemporaryFiles.class);

  private final Disk disk;
  private final FileLayout layout;
  private final Faults faults;
  private final Presence presence;
  private final RecycledFiles recycled;

  TemporaryFiles(
      Disk disk, FileLayout layout, Faults faults, Presence presence, RecycledFiles recycled) {
    this.presence = presence;
    this.recycled = recycled;
    this.disk = disk;
    this.layout = layout;
    this.faults = faults;
  }

  /**
   * Prepares their directory, and deletes what is left there. To be called once, before everything
   * else.
   *
   * @return how many were deleted
   */
  int open() throws IOException {
    disk.createDirectories(layout.temporaries());
    int[] swept = new int[1];
    disk.list(
        layout.temporaries(),
        entry -> {
          if (FileLayout.isTemporary(String.valueOf(entry.getFileName())) && discard(entry)) {
            swept[0]++;
          }
          return true;
        });
    return swept[0];
  }

  /**
   * Writes a store's message into a file, a new one or one that is recycled, and leaves it open. On
   * return the write has its file, or is {@code FAILED}, and the file is gone.
   *
   * @param willBeForced whether {@link #force} comes next, or {@link #close}
   */
  void write(PendingWrite write, byte[] message, boolean willBeForced) {
    DiskFile old = openRecycled(willBeForced);
    Path path = old == null ? layout.newTemporary() : old.path();
    try {
      DiskFile file = old == null ? create(path) : old;
      write.open = file;
      write.temporary = path;
      MessageWriter.write(file, write.id(), message);
      if (old != null) {
        cutOff(file, message.length + Trailer.LENGTH);
      }
    } catch (IOException e) {
      write.failed(faults.writing("cannot write", path, Outcome.NOT_APPLIED, e));
    }
    if (write.state == PendingWrite.State.FAILED) {
      write.temporary = path;
      discard(write);
    }
  }

  /** Opens a file that is recycled; null if there is none, or none that somebody has left there. */
  private @Nullable DiskFile openRecycled(boolean willBeForced) {
    Path old = recycled.take(willBeForced);
    while (old != null) {
      try {
        return disk.openWrite(old);
      } catch (NoSuchFileException e) {
        old = recycled.take(willBeForced);
      } catch (IOException e) { // a new one will meet the same, or not
        discard(old);
        return null;
      }
    }
    return null;
  }

  /** Makes the directory again if somebody has removed it, as it may have been empty. */
  private DiskFile create(Path path) throws IOException {
    try {
      return disk.create(path);
    } catch (NoSuchFileException e) {
      presence.check(); // lest it be made in what is mounted there now
      disk.createDirectory(layout.temporaries());
      return disk.create(path);
    }
  }

  /** Forces what was written, and closes it. On return the write is as after {@link #write}. */
  void force(PendingWrite write) {
    DiskFile file = write.open;
    if (file == null) {
      return;
    }
    try {
      file.force(false);
      write.forced = true;
    } catch (Throwable e) { // one that is cut short may have failed first
      write.failed(faults.forcing(file.path(), e));
    }
    close(write);
  }

  /** Closes what was forced with other files. On return the write is as after {@link #write}. */
  void forced(PendingWrite write) {
    write.forced = true;
    close(write);
  }

  /** Closes what was written. On return the write is as after {@link #write}. */
  void close(PendingWrite write) {
    DiskFile file = write.open;
    write.open = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        if (write.state != PendingWrite.State.FAILED) {
          write.failed(faults.writing("cannot write", file.path(), Outcome.NOT_APPLIED, e));
        }
      }
    }
    if (write.state == PendingWrite.State.FAILED) {
      discard(write);
    }
  }

  /** Closes and deletes the file of a write that has failed, if it has one. */
  private void discard(PendingWrite write) {
    Path temporary = write.temporary;
    write.temporary = null;
    if (write.open != null) {
      close(write);
    }
    if (temporary != null) {
      discard(temporary);
    }
  }

  /** What is left of an older message must not stand behind the trailer of this one. */
  private static void cutOff(DiskFile file, long length) throws IOException {
    if (file.size() > length) {
      file.truncate(length);
    }
  }

  /** Deletes those that are kept to be written over. */
  void discardRecycled() {
    recycled.takeAll().forEach(this::discard);
  }

  /** Deletes one if that is possible; else the next opening will. */
  boolean discard(Path temporary) {
    try {
      return disk.deleteIfExists(temporary);
    } catch (IOException | RuntimeException | Error e) { // the write that it was for must go on
      LOG.warn("{} is left until the spool is opened again: {}", temporary, e.toString());
      return false;
    }
  }

  /**
   * Writes a file, forces it, gives it another name, forces that, deletes it, and forces that too.
   *
   * @throws IOException if the storage does not do what stores need
   */
  void probe() throws IOException {
    Path first = layout.newTemporary();
    Path second = layout.newTemporary();
    try {
      try (DiskFile file = create(first)) {
        file.write(ByteBuffer.wrap(new byte[512]), 0);
        file.force(false);
      }
      disk.rename(first, second);
      disk.forceDirectory(layout.temporaries());
    } finally {
      discard(first);
      discard(second);
    }
    disk.forceDirectory(layout.temporaries());
  }

  /** Tells what failed with the failure of a store that cannot go on. */
  void abandon(PendingWrite write, SpoolException why) {
    write.failed(why);
    discard(write);
  }
}
