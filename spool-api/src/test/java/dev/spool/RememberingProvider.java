package dev.spool;

import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Opens nothing, and remembers what it was asked to open. */
public final class RememberingProvider implements SpoolProvider {
  static final String OPENED = "remembered";

  /** Of the last opening; used by one test at a time. */
  static @Nullable URI uri;

  static @Nullable Map<String, String> settings;

  @Override
  public String scheme() {
    return "remember";
  }

  @Override
  public Spool open(URI asked, Map<String, String> given) {
    uri = asked;
    settings = given;
    return (Spool)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Spool.class},
            (proxy, method, arguments) -> new SpoolStats(OPENED, "remember", List.of()));
  }
}
