package dev.spool.memory;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import java.net.URI;
import java.util.Map;

/** Opens {@code memory:NAME}. */
public final class MemorySpoolProvider implements SpoolProvider {
  static final String SCHEME = "memory";

  /** Made by {@link java.util.ServiceLoader}. */
  public MemorySpoolProvider() {}

  @Override
  public String scheme() {
    return SCHEME;
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    String name = uri.getSchemeSpecificPart();
    if (name.isBlank()) {
      throw new IllegalArgumentException("'" + uri + "' names no spool: memory:NAME");
    }
    return MemorySpool.builder(name).settings(settings).open();
  }
}
