package dev.spool;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Opens spools by URI, through the {@link SpoolProvider}s on the class path or module path. */
public final class Spools {

  private Spools() {}

  /**
   * Opens the spool at {@code uri}, and creates it if there is none: {@code memory:NAME}, {@code
   * file:/path}, {@code rocksdb:/path}, or the scheme of any other provider that is present.
   * Settings of the backend's builder are query parameters of the same name: {@code
   * file:/path?minFreeSpace=0}.
   *
   * <p>Blocks until the spool is open.
   *
   * @throws IllegalArgumentException if the URI is malformed, no provider knows its scheme, or a
   *     setting is unknown, given twice, malformed, or excluded by another one
   * @throws SpoolLockedException if another process, or this one, has the spool open
   * @throws UnsupportedFormatException if the directory is not a spool of this backend, or of a
   *     newer format
   * @throws SpoolIOException if it cannot be read or created
   */
  public static Spool open(String uri) {
    URI parsed = parse(uri);
    String scheme = parsed.getScheme().toLowerCase(Locale.ROOT);
    Map<String, SpoolProvider> providers = providers();
    SpoolProvider provider = providers.get(scheme);
    if (provider == null) {
      throw new IllegalArgumentException(
          "no backend opens '" + scheme + ":' spools; present are: " + providers.keySet());
    }
    int query = uri.indexOf('?');
    return query < 0
        ? provider.open(parsed, Map.of())
        : provider.open(parse(uri.substring(0, query)), settings(uri.substring(query + 1)));
  }

  private static URI parse(String uri) {
    try {
      URI parsed = new URI(uri);
      if (parsed.getScheme() == null) {
        throw new IllegalArgumentException(
            "not a spool URI, since it names no backend (file:, rocksdb:, …): '" + uri + "'");
      }
      if (parsed.getRawFragment() != null) {
        throw new IllegalArgumentException(
            "a spool URI has no fragment (write '#' as %23): '" + uri + "'");
      }
      return parsed;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "not a spool URI (write '%' as %25, and a space as %20): " + e.getMessage(), e);
    }
  }

  private static Map<String, String> settings(String query) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("a setting is NAME=VALUE, not '" + pair + "'");
      }
      String name = decode(pair.substring(0, equals));
      if (settings.put(name, decode(pair.substring(equals + 1))) != null) {
        throw new IllegalArgumentException("the setting '" + name + "' is given twice");
      }
    }
    return Collections.unmodifiableMap(settings);
  }

  /** Decodes %XX only: '+' stands for itself in a URI's query, and in many a path. */
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static Map<String, SpoolProvider> providers() {
    Map<String, SpoolProvider> providers = new TreeMap<>();
    for (SpoolProvider provider : ServiceLoader.load(SpoolProvider.class)) {
      SpoolProvider other = providers.put(provider.scheme(), provider);
      if (other != null && !other.getClass().equals(provider.getClass())) {
        throw new IllegalArgumentException(
            "both "
                + other.getClass().getName()
                + " and "
                + provider.getClass().getName()
                + " open '"
                + provider.scheme()
                + ":' spools");
      }
    }
    return providers;
  }
}
