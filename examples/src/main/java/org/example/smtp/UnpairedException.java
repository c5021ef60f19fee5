package org.example.smtp;

import dev.spool.SpoolException;
import dev.spool.SpoolId;

/**
 * An envelope whose body is not there. No crash leaves that: the body is stored before its envelope
 * and removed after it. So somebody, or some disk, has lost a message that was accepted, and its
 * envelope is kept to tell of it.
 */
final class UnpairedException extends SpoolException {
  private static final long serialVersionUID = 1L;

  UnpairedException(SpoolId id, SpoolException notFound) {
    super(
        "the body of message " + id + " is missing",
        "message "
            + id
            + " was accepted and its body is missing; restore it from a backup of the bodies, or"
            + " see in the envelope whom to tell",
        Outcome.NOT_APPLIED,
        notFound);
  }
}
