package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Puts a decorator around every spool of a backend. */
record DecoratedFixture(SpoolFixture inner, UnaryOperator<Spool> decorator)
    implements SpoolFixture {

  @Override
  public Set<Trait> traits() {
    return inner.traits();
  }

  @Override
  public String uri(Path directory) {
    return inner.uri(directory);
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    return decorator.apply(inner.open(directory, settings, callbacks));
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Stallable stallable = inner.openStallable(directory, settings);
    return new Stallable(decorator.apply(stallable.spool()), stallable.gate());
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    inner.damage(directory, id);
  }

  @Override
  public boolean isLockFile(Path file) {
    return inner.isLockFile(file);
  }

  /** A tenth: what a race can do to the backend itself is found by that one's own tests. */
  @Override
  public int shutdownRounds() {
    return Math.max(1, inner.shutdownRounds() / 10);
  }
}
