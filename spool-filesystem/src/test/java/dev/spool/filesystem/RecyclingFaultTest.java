package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.support.Disk;
import dev.spool.testkit.FaultContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Faults at each operation, where files of removed messages are written over; see also {@link
 * PowerCutTest}.
 */
@EnabledIfSystemProperty(
    named = "spool.stress",
    matches = "true",
    disabledReason = "skipped: in the long form only, -Pstress")
class RecyclingFaultTest implements FaultContract {
  @Override
  public Spool openOn(Disk disk, Path directory, Map<String, String> settings) {
    return FileSpool.builder(directory)
        .disk(disk)
        .settings(
            Map.of(
                "recycling",
                "true",
                "minFreeSpace",
                "0",
                "minFreeInodes",
                "0",
                "errorUnlatchDuration",
                "0"))
        .settings(settings)
        .open();
  }
}
