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
 *
 * @param missing the numbers of these
 * @param damages what is wrong with them, or with the roster
 */
record RollCall(BitSet missing, List<Damage> damages) {
  /** So often is a roster looked at that changes, or is just being written. */
  private static final int MOST_LOOKS = 20;

  /**
   * Finds out what is wrong; nothing is if that cannot be told now.
   *
   * @param directory of the segments
   */
  static RollCall of(Disk disk, Path directory, UUID store) throws IOException {
    @Nullable Damage unreadable = null;
    for (int look = 1; look <= MOST_LOOKS; look++) {
      try {
        RosterCopy before = Roster.peek(disk, directory, store);
        BitSet missing = missing(disk, directory, before);
        if (missing.isEmpty()) {
          return new RollCall(missing, List.of());
        }
        RosterCopy after = Roster.peek(disk, directory, store);
        if (after != null && before != null && after.change() == before.change()) {
          return new RollCall(missing, Roster.missing(directory, missing));
        }
        unreadable = null;
      } catch (Damage e) {
        unreadable = e;
      }
    }
    return new RollCall(new BitSet(), unreadable == null ? List.of() : List.of(unreadable));
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
