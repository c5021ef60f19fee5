package dev.spool.journal;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Closes files: the rest of them, too, when one of them fails. */
final class Closing {
  private Closing() {}

  /** Closes all; throws what the first failed with. */
  static void all(Collection<? extends Closeable> files) throws IOException {
    @Nullable IOException failure = null;
    for (Closeable each : files) {
      try {
        each.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
