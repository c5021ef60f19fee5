package org.example.toyspool;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import java.net.URI;
import java.util.Map;

/** Opens {@code toy:NAME}. */
public final class ToyProvider implements SpoolProvider {

  @Override
  public String scheme() {
    return "toy";
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    return ToySpool.open(uri.getSchemeSpecificPart(), settings, null, () -> {});
  }
}
