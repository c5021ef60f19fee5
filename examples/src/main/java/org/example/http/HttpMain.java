package org.example.http;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Runs an {@link HttpReceiver} until the process is told to end. */
public final class HttpMain {
  private HttpMain() {}

  /**
   * Runs.
   *
   * @param args the spool's URI, and the port at the local host to listen at
   */
  @SuppressWarnings("SystemOut")
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 2) {
      System.err.println("usage: run-http SPOOL-URI PORT");
      System.exit(64);
    }
    var address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  asked.countDown();
                  awaitQuietly(ended);
                }));
    // docs: http-main begin
    try (Spool spool = Spools.open(args[0]);
        HttpReceiver receiver = HttpReceiver.start(spool, HttpMain::print, Settings.at(address))) {
      System.out.println("READY " + receiver.port());
      asked.await(); // SIGTERM
    } finally { // closed in this order: the receiver, and then the spool
      ended.countDown();
    }
    // docs: http-main end
  }

  private static CompletableFuture<?> print(SpoolId id, byte[] message) {
    System.out.println("DELIVERED " + id + " " + message.length);
    return CompletableFuture.completedFuture(null);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
