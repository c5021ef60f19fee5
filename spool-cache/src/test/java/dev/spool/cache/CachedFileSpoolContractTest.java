package dev.spool.cache;

import dev.spool.Spool;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.Disk;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

/** The whole contract, for a cache around the file backend: too small for all that is stored. */
@Tag("same-on-any-jdk")
class CachedFileSpoolContractTest implements SpoolContract {
  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(CachedFileSpoolContractTest::open)
        .decorated(spool -> CachingSpool.wrap(spool, 2 << 20));
  }

  private static Spool open(
      Path directory,
      Map<String, String> settings,
      @Nullable Executor callbacks,
      @Nullable Disk disk) {
    FileSpool.Builder builder = FileSpool.builder(directory).settings(settings);
    if (callbacks != null) {
      builder.callbackExecutor(callbacks);
    }
    if (disk != null) {
      builder.disk(disk);
    }
    return builder.open();
  }
}
