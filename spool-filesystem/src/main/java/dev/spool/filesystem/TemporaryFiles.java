package dev.spool.filesystem;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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
  private final RecycledFiles recycled;

  TemporaryFiles(Disk disk, FileLayout layout, Faults faults, RecycledFiles recycled) {
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
   * Writes a store's message into a file, a new one or one that is recycled. On return the write is
   * {@code READY} or {@code FAILED}, and in the latter case the file is gone.
   *
   * @param force whether to force it
   */
  void write(PendingWrite write, byte[] message, boolean force) {
    Path old = recycled.take(force);
    Path path = old == null ? layout.newTemporary() : old;
    try (DiskFile file = old == null ? disk.create(path) : disk.openWrite(path)) {
      MessageWriter.write(file, write.id(), message);
      if (old != null) {
        cutOff(file, message.length + Trailer.LENGTH);
      }
      if (force) {
        force(write, file);
      }
    } catch (IOException e) {
      if (write.state != PendingWrite.State.FAILED) {
        write.failed(faults.writing("cannot write " + path, Outcome.NOT_APPLIED, e));
      }
    }
    if (write.state == PendingWrite.State.FAILED) {
      discard(path);
    } else {
      write.temporary = path;
      write.forced = force;
    }
  }

  /** What is left of an older message must not stand behind the trailer of this one. */
  private static void cutOff(DiskFile file, long length) throws IOException {
    if (file.size() > length) {
      file.truncate(length);
    }
  }

  private void force(PendingWrite write, DiskFile file) {
    try {
      file.force(false);
    } catch (IOException e) {
      write.failed(faults.forcing(file.path(), e));
    }
  }

  /** Deletes those that were kept to be written over. Comes last. */
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
      try (DiskFile file = disk.create(first)) {
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
    Path temporary = write.temporary;
    write.failed(why);
    if (temporary != null) {
      discard(temporary);
    }
  }
}
