package dev.spool.testkit;

import dev.spool.Spool;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The fixture of the memory backend, and of what is put around it: spools without files, whose name
 * is that of the directory. It is told how to open such a spool, so that nothing here depends on
 * the backend.
 */
public final class MemoryFixture implements SpoolFixture {
  private final Opener opener;

  /** Opens a spool, as {@link SpoolFixture#open} does. */
  @FunctionalInterface
  public interface Opener {

    /**
     * Opens the spool of that name.
     *
     * @param settings as query parameters of the address would give them
     * @param callbacks where futures complete, or null for the backend's default
     */
    Spool open(String name, Map<String, String> settings, @Nullable Executor callbacks);
  }

  /** Spools that are opened so, whose addresses have the scheme {@code memory}. */
  public MemoryFixture(Opener opener) {
    this.opener = Objects.requireNonNull(opener, "opener");
  }

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
    return opener.open(directory.toString(), settings, callbacks);
  }
}
