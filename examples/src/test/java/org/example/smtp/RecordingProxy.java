package org.example.smtp;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;

/**
 * Stands between a client that does not tell what it was told, and the server: it remembers each
 * message that the server has acknowledged, with what the client had sent between the "354" and
 * that "250", before it passes the "250" on.
 *
 * <p>For clients that wait for each reply before they go on.
 */
final class RecordingProxy implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
  private final InetSocketAddress server;
  private final BiConsumer<String, byte[]> acknowledged;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** Tells of each acknowledged message: the id that the client was given, and what it had sent. */
  RecordingProxy(InetSocketAddress server, BiConsumer<String, byte[]> acknowledged)
      throws IOException {
    this.server = server;
    this.acknowledged = acknowledged;
    threads.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  int sessions() {
    return sockets.size() / 2;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket upstream = new Socket();
        sockets.add(client);
        sockets.add(upstream);
        threads.execute(() -> serve(client, upstream));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client, Socket upstream) {
    Session session = new Session();
    try (client;
        upstream) {
      upstream.connect(server);
      InputStream sent = client.getInputStream();
      OutputStream onwards = upstream.getOutputStream();
      threads.execute(() -> session.replies(upstream, client));
      byte[] buffer = new byte[8192];
      int read;
      while ((read = sent.read(buffer)) > 0) {
        session.sent(buffer, read);
        onwards.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  private final class Session {
    /** What the client has sent since the "354"; null before. Guarded by this. */
    private ByteArrayOutputStream message;

    synchronized void sent(byte[] bytes, int length) {
      if (message != null) {
        message.write(bytes, 0, length);
      }
    }

    void replies(Socket upstream, Socket client) {
      try (client;
          upstream) {
        InputStream in = new BufferedInputStream(upstream.getInputStream());
        OutputStream out = new BufferedOutputStream(client.getOutputStream());
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next;
        while ((next = in.read()) != -1) {
          line.write(next);
          if (next == '\n') {
            replied(line.toString(StandardCharsets.UTF_8).strip());
            line.writeTo(out);
            out.flush();
            line.reset();
          }
        }
      } catch (IOException e) {
        // One of them has gone.
      }
    }

    private synchronized void replied(String line) {
      if (line.startsWith("354 ")) {
        message = new ByteArrayOutputStream();
      } else if (message != null) {
        if (line.startsWith("250 ")) {
          acknowledged.accept(SmtpClient.idIn(line), unstuffed(message.toByteArray()));
        }
        message = null;
      }
    }
  }

  /** Returns the message that was sent, without the dots that SMTP adds and its end. */
  static byte[] unstuffed(byte[] sent) {
    String lines = "\r\n" + new String(sent, StandardCharsets.ISO_8859_1);
    String message = lines.substring(2, lines.length() - 3);
    return ("\r\n" + message)
        .replace("\r\n.", "\r\n")
        .substring(2)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdown();
  }
}
