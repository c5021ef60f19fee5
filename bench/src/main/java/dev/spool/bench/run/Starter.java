package dev.spool.bench.run;

import java.io.IOException;

/**
 * The process that started this JVM: without it nobody wants the figures, and nobody would ever end
 * a store that hangs. It holds the other end of our standard input, which ends with it, even if it
 * was killed.
 */
final class Starter {
  private Starter() {}

  /** Ends this JVM, as it stands, when its starter is gone. */
  static void endWithIt() {
    Thread thread = new Thread(Starter::awaitEnd, "await-end-of-starter");
    thread.setDaemon(true);
    thread.start();
  }

  private static void awaitEnd() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      // There is nobody at the other end.
    }
    Runtime.getRuntime().halt(1);
  }
}
