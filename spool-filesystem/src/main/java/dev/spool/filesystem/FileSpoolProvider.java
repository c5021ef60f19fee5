package dev.spool.filesystem;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import dev.spool.support.SpoolPaths;
import java.net.URI;
import java.util.Map;

/** Opens {@code file:/path?SETTING=VALUE&…}: a {@link FileSpool}. */
public final class FileSpoolProvider implements SpoolProvider {

  /** For {@link java.util.ServiceLoader}. */
  public FileSpoolProvider() {}

  @Override
  public String scheme() {
    return FileSpool.SCHEME;
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    return FileSpool.builder(SpoolPaths.of(uri)).settings(settings).open();
  }
}
