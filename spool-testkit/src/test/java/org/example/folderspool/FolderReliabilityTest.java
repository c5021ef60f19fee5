package org.example.folderspool;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.DamagedFile;
import dev.spool.testkit.FaultContract;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;

/** Kills, two openings at once, damage, and faults of a disk in memory. */
@Tag("same-on-any-jdk")
class FolderReliabilityTest
    implements KillContract, OpeningContract, StorageDamageContract, FaultContract {
  @Override
  public SpoolFixture fixture() {
    return new FolderFixture();
  }

  @Override
  public Spool openOn(Disk disk, Path directory, Map<String, String> settings) {
    return FolderSpool.builder(directory)
        .disk(disk)
        .settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0", "errorUnlatchDuration", "0"))
        .settings(settings)
        .open();
  }

  @Override
  public int kills() {
    return 3;
  }

  @Override
  public int openings() {
    return 6;
  }

  @Override
  public int damagesInShort() {
    return 60;
  }

  @Override
  public int mutations() {
    return 60;
  }

  @Override
  public int slowOperations() {
    return 2;
  }

  /** Each message is a file: one that is deleted was never there. */
  @Override
  public boolean canGoUnnoticed(DamagedFile damage, Path image, Path damaged) {
    return damage.kind() == DamagedFile.Kind.DELETE && !damage.file().endsWith("SPOOL");
  }

  /** Nor does damage to it cost any other one. */
  @Override
  public Set<SpoolId> mayBeMissing(DamagedFile damage, Path image, Set<SpoolId> all) {
    Set<SpoolId> messages = new HashSet<>();
    for (Path file : damage.hit()) {
      if (file.endsWith("SPOOL")) {
        return all;
      }
      messages.add(SpoolId.parse(file.getFileName().toString()));
    }
    return messages;
  }
}
