package org.example.http;

import org.example.replies.HttpReply;

/** A request that is refused while it is being read: what the peer is told. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient HttpReply reply;

  RefusedException(HttpReply reply) {
    super(reply.title(), null, false, false);
    this.reply = reply;
  }

  HttpReply reply() {
    return reply;
  }
}
