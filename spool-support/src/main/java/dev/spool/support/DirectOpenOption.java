package dev.spool.support;

import java.nio.file.OpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JDK's option that has a file bypass the page cache. It is in no module that every JDK must
 * have, and so is asked for by its name.
 */
public final class DirectOpenOption {
  private static final Logger LOG = LoggerFactory.getLogger(DirectOpenOption.class);
  private static final @Nullable OpenOption DIRECT = find();

  private DirectOpenOption() {}

  /** Returns the option; null if this JDK has none. A file system may refuse it all the same. */
  public static @Nullable OpenOption get() {
    return DIRECT;
  }

  private static @Nullable OpenOption find() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) options.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException | LinkageError e) {
      LOG.debug("no direct I/O in this JDK", e);
      return null;
    }
  }
}
