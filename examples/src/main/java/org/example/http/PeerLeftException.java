package org.example.http;

/** The connection ended, or broke the protocol, before the body was whole. */
final class PeerLeftException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PeerLeftException(Throwable cause) {
    super("the peer left before its message was whole", cause);
  }
}
