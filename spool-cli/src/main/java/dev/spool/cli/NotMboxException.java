package dev.spool.cli;

import java.io.IOException;

/** What was given as an mbox is none. */
final class NotMboxException extends IOException {
  private static final long serialVersionUID = 1L;

  NotMboxException() {
    super("no mbox: it does not begin with a From_ line ('From sender date')");
  }
}
