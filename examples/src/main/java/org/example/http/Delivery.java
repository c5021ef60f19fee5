package org.example.http;

import dev.spool.SpoolId;
import java.util.concurrent.CompletionStage;

/** Where accepted messages go. Called from many threads at once; must not block. */
@FunctionalInterface
public interface Delivery {

  /**
   * Passes a message on. Completing normally says that somebody else is responsible for it now: it
   * is removed from the spool. Anything else has it delivered again later.
   *
   * <p>Called again for a message that was delivered already if the process died, or its removal
   * failed, in between: whoever must not see a message twice remembers ids.
   */
  CompletionStage<?> deliver(SpoolId id, byte[] message);
}
