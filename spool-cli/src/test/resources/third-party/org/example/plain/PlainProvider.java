package org.example.plain;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Opens {@code plain:/path}. */
public final class PlainProvider implements SpoolProvider {
  @Override
  public String scheme() {
    return "plain";
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    if (!Set.of("readOnly").containsAll(settings.keySet())) {
      throw new IllegalArgumentException("unknown settings in " + settings.keySet());
    }
    return new PlainSpool(Path.of(uri.getPath()));
  }
}
