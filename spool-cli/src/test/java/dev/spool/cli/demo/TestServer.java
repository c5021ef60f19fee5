package dev.spool.cli.demo;

import dev.spool.torture.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A child JVM that stores and removes mail at full load, until it is closed. */
public final class TestServer implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final Semaphore stores = new Semaphore(0);

  private TestServer(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it on a spool. */
  public static TestServer start(String uri, Path temporary) throws IOException {
    Path mail = Files.createDirectories(temporary.resolve("server-mail"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(
          mail.resolve(i + ".eml"), "Subject: " + i + "\r\n\r\n" + "x".repeat(i * 400) + "\r\n");
    }
    Path log = temporary.resolve("server.log");
    Process process =
        ChildJvm.start(
            CrashChild.class, List.of("-Xmx512m"), List.of(uri, mail.toString(), "16", "1"), log);
    TestServer server = new TestServer(process, log);
    new ChildRun(
        process,
        AckLine.Kind.READY,
        line -> {
          if (line.kind() == AckLine.Kind.STORED) {
            server.stores.release();
          }
        });
    return server;
  }

  /** Waits until it has stored so many more. */
  public void awaitStores(int count) throws InterruptedException, IOException {
    stores.drainPermits();
    if (!stores.tryAcquire(count, 2, TimeUnit.MINUTES)) {
      throw new IllegalStateException(
          "the server does not store: " + Files.readString(log, StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
