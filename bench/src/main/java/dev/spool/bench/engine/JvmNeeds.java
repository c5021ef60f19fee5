package dev.spool.bench.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a store needs of the JVM that it runs in, and of the machine. */
public interface JvmNeeds {
  /** Any JVM will do. */
  JvmNeeds NOTHING = options(List.of());

  /** Why the store cannot run on this machine, and what to do about it; null if it can. */
  @Nullable String missing();

  /**
   * Returns the options to start its JVM with.
   *
   * @param scratch a directory that outlives that JVM, for files that it needs; it is made if there
   *     is none
   */
  List<String> options(Path scratch) throws IOException;

  /** Returns what to set in the environment of its JVM. */
  Map<String, String> environment();

  /** Returns needs of nothing but these options. */
  static JvmNeeds options(List<String> options) {
    return new JvmNeeds() {
      @Override
      public @Nullable String missing() {
        return null;
      }

      @Override
      public List<String> options(Path scratch) {
        return options;
      }

      @Override
      public Map<String, String> environment() {
        return Map.of();
      }
    };
  }
}
