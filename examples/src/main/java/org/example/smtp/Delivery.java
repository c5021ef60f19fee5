package org.example.smtp;

import java.io.IOException;

/** Where accepted mail goes. Called from several threads at once, and may block. */
@FunctionalInterface
public interface Delivery {

  /**
   * Passes a message on. Returning says that somebody else is responsible for it now, so that it
   * may be removed here; throwing has it delivered again later.
   *
   * <p>Called again for a message that was delivered already if the process died before its removal
   * was done: {@link Mail#id} is the same then.
   */
  void deliver(Mail mail) throws IOException;
}
