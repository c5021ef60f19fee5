package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Memory spools, to be measured. */
final class MemoryFixture implements SpoolFixture {

  @Override
  public Set<Trait> traits() {
    return EnumSet.of(Trait.ADMISSION, Trait.MESSAGE_LIMIT);
  }

  @Override
  public String uri(Path directory) {
    return "memory:" + URLEncoder.encode(directory.toString(), StandardCharsets.UTF_8);
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    MemorySpool.Builder builder = MemorySpool.builder(directory.toString()).settings(settings);
    return (callbacks == null ? builder : builder.callbackExecutor(callbacks)).open();
  }

  @Override
  public int shutdownRounds() {
    return 20; // what a race can do to the backend itself is found by that one's own tests
  }
}
