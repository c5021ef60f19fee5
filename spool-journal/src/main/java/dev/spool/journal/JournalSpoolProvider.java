package dev.spool.journal;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import dev.spool.support.SpoolPaths;
import java.net.URI;
import java.util.Map;

/** Opens {@code journal:/path?SETTING=VALUE&…}: a {@link JournalSpool}. */
public final class JournalSpoolProvider implements SpoolProvider {

  /** For {@link java.util.ServiceLoader}. */
  public JournalSpoolProvider() {}

  @Override
  public String scheme() {
    return JournalSpool.SCHEME;
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    return JournalSpool.builder(SpoolPaths.of(uri)).settings(settings).open();
  }
}
