package dev.spool.filesystem;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.ScanCall;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of the threads that read for a scan: takes names, reads what they name, and brings it to the
 * {@link FileScan}, until there are no names left or the scan has stopped.
 *
 * <p>Belongs to its thread.
 */
final class ScanReader implements Runnable {
  private final FileScan to;
  private final Disk disk;
  private final ScanNames names;
  private final MessageReader reader;
  private final FileLayout layout;
  private final Faults faults;
  private final ScanCall scan;

  // What has been read, and not been brought yet.
  private List<SpoolEntry> entries = new ArrayList<>();
  private int skipped;

  /** The memory that this thread holds. */
  private int bytes;

  ScanReader(
      FileScan to,
      Disk disk,
      ScanNames names,
      MessageReader reader,
      FileLayout layout,
      Faults faults,
      ScanCall scan) {
    this.to = to;
    this.disk = disk;
    this.names = names;
    this.reader = reader;
    this.layout = layout;
    this.faults = faults;
    this.scan = scan;
  }

  @Override
  public void run() {
    Throwable failure = null;
    try {
      for (ScanNames.Portion portion = next(); portion != null; portion = next()) {
        read(portion);
        bring();
      }
    } catch (Throwable e) {
      failure = e;
    }
    bringLast(failure);
  }

  /** The scan waits for this, however long there is no memory for it. */
  private void bringLast(@Nullable Throwable failure) {
    boolean brought = false;
    while (!brought) {
      try {
        to.bring(new FileScan.Bunch(entries, skipped, bytes, true, failure));
        brought = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private ScanNames.@Nullable Portion next() {
    return to.isStopped() ? null : names.next();
  }

  private void bring() {
    List<SpoolEntry> next = new ArrayList<>(); // first: what has been brought is not to be again
    to.bring(new FileScan.Bunch(entries, skipped, bytes, false, null));
    entries = next;
    skipped = 0;
    bytes = 0;
  }

  private void read(ScanNames.Portion portion) {
    for (ScanNames.Foreign foreign : portion.foreign()) {
      corrupt(null, foreign.place(), foreign.error());
    }
    List<SpoolId> messages = portion.messages();
    if (messages.isEmpty()) {
      return;
    }
    SlotDirectory slot =
        new SlotDirectory(disk, layout.directory(FileLayout.slot(messages.get(0))));
    try {
      messages(messages, slot);
    } finally {
      close(slot);
    }
  }

  /** Reads messages of one slot. */
  private void messages(List<SpoolId> messages, SlotDirectory slot) {
    MessageReader.Room room = roomFor(slot);
    for (SpoolId id : messages) {
      if (to.isStopped()) {
        return;
      }
      scan.checkCancelled();
      if (scan.isTooNew(id)) {
        skipped++;
      } else {
        message(id, slot, room);
      }
    }
  }

  private void message(SpoolId id, SlotDirectory slot, MessageReader.Room room) {
    try {
      // Read first, and then look which list there is: to reserve may bring the one of before.
      SpoolEntry entry = readTwice(id, slot, room);
      entries.add(entry);
    } catch (NoSuchFileException e) {
      to.checkPresence();
      return; // removed since it was listed
    } catch (IOException e) {
      throw faults.reading("cannot read", layout.file(id), e);
    } catch (Damage e) {
      corrupt(id, layout.file(id), e.error());
    }
    if (!to.hasBegun()) {
      close(slot);
      bring();
    }
  }

  /**
   * Reads a message. What is missing or damaged in the directory that is open is looked up by its
   * path, too: that may be another directory by now, into which somebody has moved the message.
   */
  private SpoolEntry readTwice(SpoolId id, SlotDirectory slot, MessageReader.Room room)
      throws IOException, Damage {
    try {
      return read(id, slot, room);
    } catch (NoSuchFileException | Damage e) {
      if (!disk.facts(slot.path()).directory()) {
        throw new NotDirectoryException(slot.path().toString());
      }
      return read(id, DiskDirectory.ofPath(disk, slot.path()), room);
    }
  }

  private SpoolEntry read(SpoolId id, DiskDirectory directory, MessageReader.Room room)
      throws IOException, Damage {
    String name = FileLayout.fileName(id);
    return scan.payloads()
        ? new SpoolEntry.Item(id, reader.read(directory, name, id, room))
        : new SpoolEntry.Listed(id, MessageReader.length(directory, name));
  }

  private void close(SlotDirectory slot) {
    try {
      slot.close();
    } catch (IOException e) {
      throw faults.reading("cannot close", slot.path(), e);
    }
  }

  private void corrupt(@Nullable SpoolId id, Path file, String error) {
    faults.damaged(file, error);
    entries.add(new SpoolEntry.Corrupt(id, FileLayout.location(file), error));
  }

  /** Who waits for memory holds none, lest all wait for each other, and no directory. */
  private MessageReader.Room roomFor(SlotDirectory slot) {
    return new MessageReader.Room() {
      @Override
      public void take(int length) {
        if (!tryTake(length)) {
          close(slot);
          bring();
          to.reserve(wanted(length));
          bytes += wanted(length);
        }
      }

      @Override
      public boolean tryTake(int length) {
        boolean taken = to.tryReserve(wanted(length));
        bytes += taken ? wanted(length) : 0;
        return taken;
      }
    };
  }

  /** A message that is larger than all the memory comes alone. */
  private static int wanted(int length) {
    return Math.min(length, FileScan.BYTES);
  }
}
