package dev.spool.journal;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.DamagedFile;
import dev.spool.testkit.FaultContract;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Kills, faults, damage, and two at once, for the journal backend. */
class JournalReliabilityTest
    implements KillContract, FaultContract, StorageDamageContract, OpeningContract {
  @Override
  public SpoolFixture fixture() {
    return new JournalFixture();
  }

  @Override
  public Spool openOn(Disk disk, Path directory, Map<String, String> settings) {
    return JournalSpool.builder(directory)
        .disk(disk)
        .settings(
            Map.of(
                "segmentSize",
                "256KiB",
                "minFreeSpace",
                "0",
                "minFreeInodes",
                "0",
                "errorUnlatchDuration",
                "0"))
        .settings(settings)
        .open();
  }

  /**
   * A mutation may wipe out everything from some place to the end of the segment that is being
   * written: that is a torn tail, as far as anyone can know.
   */
  @Override
  public boolean canGoUnnoticed(DamagedFile damage, Path image, Path damaged) throws IOException {
    return damage.kind() == DamagedFile.Kind.MUTATE
        && damage.file().startsWith("journal")
        && SegmentRecords.canBeTorn(
            image.resolve(damage.file()), Files.readAllBytes(damaged.resolve(damage.file())));
  }

  /** Damage to a segment is of what is in it; to the roster, of none; to the marker, of all. */
  @Override
  public Set<SpoolId> mayBeMissing(DamagedFile damage, Path image, Set<SpoolId> all)
      throws IOException {
    Set<SpoolId> messages = new HashSet<>();
    for (Path file : damage.hit()) {
      if (file.startsWith("journal")) {
        messages.addAll(SegmentRecords.of(image.resolve(file)).lost(damage));
      } else if (!file.endsWith("ROSTER")) {
        return all;
      }
    }
    return messages;
  }
}
