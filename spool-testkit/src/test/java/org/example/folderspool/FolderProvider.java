package org.example.folderspool;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import dev.spool.support.SpoolPaths;
import java.net.URI;
import java.util.Map;

/** Opens {@code folder:/path}. */
public final class FolderProvider implements SpoolProvider {
  @Override
  public String scheme() {
    return FolderSpool.SCHEME;
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    return FolderSpool.builder(SpoolPaths.of(uri)).settings(settings).open();
  }
}
