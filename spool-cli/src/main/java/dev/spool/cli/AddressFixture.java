package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the testkit's scenarios need to know of a backend that is known by an address alone. The
 * large files that our own backends make beforehand are small, unless the address says how large: a
 * scenario has many spools, each with a few messages.
 */
record AddressFixture(SpoolAddress address) implements SpoolFixture {

  @Override
  public Set<Trait> traits() {
    return Set.of(Trait.PERSISTENT, Trait.PROCESS_LOCK);
  }

  @Override
  public String uri(Path directory) {
    String uri = address.uriIn(directory);
    if (uri.startsWith("rocksdb:")) {
      return with(uri, "ballast", "0");
    }
    return uri.startsWith("journal:") ? with(uri, "segmentSize", "256KiB") : uri;
  }

  /** Tells whether the backend knows these settings. */
  boolean takes(Path directory, Map<String, String> settings) {
    String all = uri(directory);
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      all = with(all, setting.getKey(), setting.getValue());
    }
    try {
      Spools.open(all).close();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private String with(String uri, String name, String value) {
    String separator = uri.indexOf('?') < 0 ? "?" : "&";
    return address.setting(name) != null ? uri : uri + separator + name + "=" + value;
  }

  /** A scenario's settings make it quick; those that a backend does not know are left out. */
  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    String uri = uri(directory);
    String all = uri;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      all = with(all, setting.getKey(), setting.getValue());
    }
    try {
      return Spools.open(all);
    } catch (IllegalArgumentException e) {
      return Spools.open(uri);
    }
  }
}
