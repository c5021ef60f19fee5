package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.Disk;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.SpoolContract;
import dev.spool.testkit.SpoolFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

/** The whole contract, for the file backend while it is measured. */
@Tag("same-on-any-jdk")
class MeteredFileSpoolContractTest implements SpoolContract {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Override
  public SpoolFixture fixture() {
    return new DirectoryFixture(MeteredFileSpoolContractTest::open)
        .decorated(spool -> new MeteredSpool(spool, registry));
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
