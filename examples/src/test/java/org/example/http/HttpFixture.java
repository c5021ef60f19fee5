package org.example.http;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.FaultySpool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A receiver over a spool that fails when it is told to, and a client of it. */
final class HttpFixture implements AutoCloseable {
  final FaultySpool spool;
  final HttpReceiver receiver;
  final int port;

  /** What deliveries wait for, if they are held; closing gives them up. */
  private final CompletableFuture<Void> held;

  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  HttpFixture(Delivery delivery, Settings settings) throws IOException {
    this(
        new FaultySpool(Spools.open("memory:" + UUID.randomUUID())),
        delivery,
        settings,
        new CompletableFuture<>());
  }

  HttpFixture(FaultySpool spool, Delivery delivery, Settings settings, CompletableFuture<Void> held)
      throws IOException {
    this.spool = spool;
    this.held = held;
    try {
      this.receiver = HttpReceiver.start(spool, delivery, settings);
    } catch (IOException e) {
      spool.close();
      throw e;
    }
    this.port = receiver.port();
  }

  /** No delivery ends: what was accepted stays. */
  static HttpFixture holding() throws IOException {
    return holding(settings());
  }

  static HttpFixture holding(Settings settings) throws IOException {
    return holding("memory:" + UUID.randomUUID(), settings);
  }

  static HttpFixture holding(String uri, Settings settings) throws IOException {
    CompletableFuture<Void> never = new CompletableFuture<>();
    return new HttpFixture(
        new FaultySpool(Spools.open(uri)), (id, message) -> never.copy(), settings, never);
  }

  static Settings settings() {
    return settings(1 << 20, 64 << 20, Duration.ofSeconds(30), Duration.ofSeconds(30));
  }

  static Settings settings(
      int maxMessage, long maxBuffered, Duration storeTimeout, Duration idleTimeout) {
    return new Settings(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        maxMessage,
        maxBuffered,
        storeTimeout,
        idleTimeout,
        Duration.ofMinutes(1),
        Duration.ofMillis(20));
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
  }

  HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> post(byte[] message) throws IOException, InterruptedException {
    return send(request("/messages").POST(BodyPublishers.ofByteArray(message)));
  }

  HttpResponse<byte[]> put(SpoolId id, byte[] message) throws IOException, InterruptedException {
    return send(request("/messages/" + id).PUT(BodyPublishers.ofByteArray(message)));
  }

  HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  RawClient raw() throws IOException {
    return new RawClient(port);
  }

  /** What is in the spool. */
  List<SpoolEntry> entries() {
    return entries(spool);
  }

  static List<SpoolEntry> entries(Spool spool) {
    List<SpoolEntry> entries = new ArrayList<>();
    EntryChannel channel = EntryChannel.bounded(100, 1 << 20);
    var scan = spool.enumerate(channel);
    channel.forEach(entries::add);
    scan.join();
    return entries;
  }

  /** What is held stays in the spool, and nothing waits for it any longer. */
  void giveDeliveriesUp() {
    held.cancel(false);
  }

  @Override
  public void close() {
    spool.heal();
    giveDeliveriesUp();
    receiver.close();
    spool.close();
  }
}
