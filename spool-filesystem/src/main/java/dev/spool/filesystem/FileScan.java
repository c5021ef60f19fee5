package dev.spool.filesystem;

import dev.spool.SpoolId;
import dev.spool.support.ScanCall;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Shows every message to a scan, slot by slot. Names are collected a bounded number at a time, and
 * no directory is open while an entry is handed over; so a slow consumer holds up nothing but this
 * scan.
 */
final class FileScan {
  /** Names that are held in memory at once: some 2 MiB. */
  static final int NAMES = 16_384;

  private final FileLayout layout;
  private final MessageFiles files;
  private final Presence presence;
  private final MessageReader reader;
  private final Faults faults;
  private final ScanCall scan;

  FileScan(
      FileLayout layout,
      MessageFiles files,
      Presence presence,
      MessageReader reader,
      Faults faults,
      ScanCall scan) {
    this.layout = layout;
    this.files = files;
    this.presence = presence;
    this.reader = reader;
    this.faults = faults;
    this.scan = scan;
  }

  void run() {
    List<String> names;
    String last = "";
    do {
      names = dataNames(last);
      for (String name : names) {
        OptionalInt slot = FileLayout.parseSlot(name);
        if (slot.isPresent() && isDirectory(slot.getAsInt())) {
          slot(slot.getAsInt());
        } else {
          foreign(layout.data().resolve(name), "it is no directory of messages");
        }
        last = name;
      }
    } while (names.size() == NAMES);
    checkPresence();
  }

  /** What was not found while scanning is missing only if the spool is not. */
  private void checkPresence() {
    try {
      presence.check();
    } catch (IOException e) {
      throw faults.reading("cannot scan", layout.root(), e);
    }
  }

  private List<String> dataNames(String after) {
    try {
      return files.dataNames(after, NAMES);
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.data(), e);
    }
  }

  private boolean isDirectory(int slot) {
    try {
      return files.isDirectory(slot);
    } catch (IOException e) {
      throw faults.reading("cannot look at", layout.directory(slot), e);
    }
  }

  private void slot(int slot) {
    List<String> names;
    String last = "";
    do {
      scan.checkCancelled();
      names = slotNames(slot, last);
      for (String name : names) {
        entry(slot, name);
        last = name;
      }
    } while (names.size() == NAMES);
  }

  private List<String> slotNames(int slot, String after) {
    try {
      return files.slotNames(slot, after, NAMES);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.directory(slot), e);
    }
  }

  private void entry(int slot, String name) {
    Path file = layout.directory(slot).resolve(name);
    SpoolId id = FileLayout.parseFileName(name);
    if (id == null) {
      foreign(file, "its name is no message's");
    } else if (FileLayout.slot(id) != slot) {
      foreign(file, "it belongs into " + layout.directory(FileLayout.slot(id)));
    } else if (!scan.skips(id)) {
      message(file, id);
    }
  }

  private void message(Path file, SpoolId id) {
    byte[] message = null;
    int length = 0;
    try {
      if (scan.payloads()) {
        message = reader.read(file, id);
      } else {
        length = reader.length(file);
      }
    } catch (NoSuchFileException e) {
      return; // removed since it was listed
    } catch (IOException e) {
      throw faults.reading("cannot read", file, e);
    } catch (Damage e) {
      faults.damaged(file, e.error());
      scan.corrupt(id, file.toString(), e.error());
      return;
    }
    if (message == null) {
      scan.listed(id, length);
    } else {
      scan.item(id, message);
    }
  }

  /** Something that no store has written. */
  private void foreign(Path file, String error) {
    faults.damaged(file, error);
    scan.corrupt(null, file.toString(), error);
  }
}
