package dev.spool.journal;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds the segments that are on the roster and not there, in a spool that another thread or
 * process may be writing: a segment is there for as long as it is listed, so one that is not there
 * between two looks at a roster that has not changed is missing.
 */
final class RollCall {
  /** So often is a roster looked at that changes, or is just being written. */
  private static final int MOST_LOOKS = 20;

  private RollCall() {}

  /**
   * Returns what is wrong; nothing if that cannot be told now.
   *
   * @param directory of the segments
   */
  static List<Damage> of(Disk disk, Path directory, UUID store) throws IOException {
    @Nullable Damage unreadable = null;
    for (int look = 1; look <= MOST_LOOKS; look++) {
      try {
        RosterCopy before = Roster.peek(disk, directory, store);
        BitSet missing = missing(disk, directory, before);
        if (missing.isEmpty()) {
          return List.of();
        }
        RosterCopy after = Roster.peek(disk, directory, store);
        if (after != null && before != null && after.change() == before.change()) {
          return Roster.missing(directory, missing);
        }
        unreadable = null;
      } catch (Damage e) {
        unreadable = e;
      }
    }
    return unreadable == null ? List.of() : List.of(unreadable);
  }

  private static BitSet missing(Disk disk, Path directory, @Nullable RosterCopy roster)
      throws IOException {
    BitSet missing = new BitSet();
    if (roster == null) {
      return missing;
    }
    missing.or(roster.numbers());
    if (!missing.isEmpty() && disk.exists(directory)) {
      disk.list(
          directory,
          entry -> {
            OptionalInt number = Format.number(String.valueOf(entry.getFileName()));
            number.ifPresent(missing::clear);
            return true;
          });
    }
    return missing;
  }
}
