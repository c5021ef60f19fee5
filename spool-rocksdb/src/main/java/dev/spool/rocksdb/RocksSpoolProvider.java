package dev.spool.rocksdb;

import dev.spool.Spool;
import dev.spool.SpoolProvider;
import dev.spool.support.SpoolPaths;
import java.net.URI;
import java.util.Map;

/**
 * Opens {@code rocksdb:/path?…}, with the settings of {@link RocksSpool.Builder} as query
 * parameters.
 */
public final class RocksSpoolProvider implements SpoolProvider {

  /** For {@link java.util.ServiceLoader}. */
  public RocksSpoolProvider() {}

  @Override
  public String scheme() {
    return RocksLayout.SCHEME;
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    return RocksSpool.builder(SpoolPaths.of(uri)).settings(settings).open();
  }
}
