package org.example.http;

import org.eclipse.jetty.io.QuietException;

/** The connection ended before the body was whole; no news for the log, where peers come and go. */
final class PeerLeftException extends RuntimeException implements QuietException {
  private static final long serialVersionUID = 1L;

  PeerLeftException(Throwable cause) {
    super("the peer left before its message was whole", cause);
  }
}
