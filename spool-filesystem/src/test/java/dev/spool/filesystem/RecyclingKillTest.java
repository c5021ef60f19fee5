package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills, where files of removed messages are written over; see also {@link RecyclingFaultTest}. In
 * the build at one call of each step; most lives write over some file, and not each.
 */
@Tag("same-on-any-jdk")
class RecyclingKillTest implements KillContract {
  private static final DirectoryFixture FILES =
      new DirectoryFixture(
          (directory, settings, callbacks, disk) ->
              FileSpool.builder(directory).settings(settings).recycling(true).open());

  @Override
  public SpoolFixture fixture() {
    return new SpoolFixture() {
      @Override
      public Set<Trait> traits() {
        return FILES.traits();
      }

      @Override
      public String uri(Path directory) {
        return FILES.uri(directory) + "?recycling=true";
      }

      @Override
      public Spool open(
          Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
        return FILES.open(directory, settings, callbacks);
      }
    };
  }

  @Override
  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true",
      disabledReason = "skipped: in the long form only, -Pstress")
  public void killedProcessesKeepTheirPromises(@TempDir Path dir)
      throws IOException, InterruptedException {
    KillContract.super.killedProcessesKeepTheirPromises(dir);
  }

  @Override
  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true",
      disabledReason = "skipped: in the long form only, -Pstress")
  public void processIsKilledWhileItMakesASpool(@TempDir Path dir) throws IOException {
    KillContract.super.processIsKilledWhileItMakesASpool(dir);
  }
}
