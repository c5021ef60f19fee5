package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.DamagedFile;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.FaultContract;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.OpeningContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Kills, faults, damage, and two at once, for the file backend. */
class FileReliabilityTest
    implements KillContract, FaultContract, StorageDamageContract, OpeningContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(
        (directory, settings, callbacks, disk) ->
            FileSpool.builder(directory).settings(settings).open());
  }

  @Override
  public Spool openOn(Disk disk, Path directory, Map<String, String> settings) {
    return FileSpool.builder(directory)
        .disk(disk)
        .settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0", "errorUnlatchDuration", "0"))
        .settings(settings)
        .open();
  }

  /** Each message is a file: one that is deleted was never there. */
  @Override
  public boolean canGoUnnoticed(DamagedFile damage, Path image, Path damaged) {
    return damage.kind() == DamagedFile.Kind.DELETE && damage.file().startsWith("data");
  }

  @Override
  public Set<SpoolId> mayBeMissing(DamagedFile damage, Path image, Set<SpoolId> all) {
    return messagesOf(damage, all);
  }

  /** Damage to a message's file is of that message alone; any other file is the marker. */
  static Set<SpoolId> messagesOf(DamagedFile damage, Set<SpoolId> all) {
    Set<SpoolId> messages = new HashSet<>();
    for (Path file : damage.hit()) {
      if (!file.startsWith("data")) {
        return all;
      }
      messages.add(SpoolId.parse(file.getFileName().toString()));
    }
    return messages;
  }
}
