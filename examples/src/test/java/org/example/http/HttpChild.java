package org.example.http;

import dev.spool.Spool;
import dev.spool.Spools;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A receiver in a process of its own, which delivers nothing, until it is killed. */
final class HttpChild {
  private HttpChild() {}

  /**
   * Runs.
   *
   * @param args the spool's URI
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    try (Spool spool = Spools.open(args[0]);
        HttpReceiver receiver =
            HttpReceiver.start(
                spool, (id, message) -> new CompletableFuture<>(), HttpFixture.settings())) {
      System.out.println("READY " + receiver.port());
      System.out.flush();
      Thread.currentThread().join(); // for ever
    }
  }
}
