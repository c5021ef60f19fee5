package org.example.toyspool;

import dev.spool.Spool;
import dev.spool.testkit.Gate;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stallable;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What the toy declares: it can be held still, and nothing else. */
public final class ToyFixture implements SpoolFixture {

  @Override
  public Set<Trait> traits() {
    return EnumSet.of(Trait.STALLS);
  }

  @Override
  public String uri(Path directory) {
    return "toy:" + name(directory);
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    return ToySpool.open(name(directory), settings, callbacks, () -> {});
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    return new Stallable(ToySpool.open(name(directory), settings, null, gate::pass), gate);
  }

  @Override
  public int shutdownRounds() {
    return 2000;
  }

  private static String name(Path directory) {
    return directory.toString().replace('/', '.');
  }
}
