package dev.spool;

import java.net.URI;
import java.util.Map;

/**
 * Opens the spools of one URI scheme. Backends register theirs with {@link
 * java.util.ServiceLoader}; {@link Spools#open} finds it.
 */
public interface SpoolProvider {

  /** Returns the URI scheme, in lower case, that this provider opens. */
  String scheme();

  /**
   * Opens a spool.
   *
   * @param uri the spool's address, without the query
   * @param settings the decoded query parameters
   * @throws IllegalArgumentException if the address or a setting is unknown or malformed
   * @throws SpoolException if the spool cannot be opened
   */
  Spool open(URI uri, Map<String, String> settings);
}
