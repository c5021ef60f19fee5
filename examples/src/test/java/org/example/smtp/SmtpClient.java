package org.example.smtp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An SMTP client that sends exactly what it is told to, and hands the replies over as they are. */
final class SmtpClient implements AutoCloseable {
  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;
  private final String greeting;

  SmtpClient(InetSocketAddress server) throws IOException {
    socket.connect(server, 60_000);
    socket.setSoTimeout(120_000);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
    greeting = reply();
  }

  String greeting() {
    return greeting;
  }

  /** Sends a line, and returns the reply, whose lines are separated by LF. */
  String command(String line) throws IOException {
    send((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    return reply();
  }

  /** Sends a message in a transaction of its own, and returns the reply to its end. */
  String message(byte[] body) throws IOException {
    String reply = begin();
    return reply.startsWith("354") ? end(body) : reply;
  }

  /** Returns the reply to DATA, or to what was refused before it. */
  String begin() throws IOException {
    String reply = command("MAIL FROM:<sender@example.org>");
    if (reply.startsWith("250")) {
      reply = command("RCPT TO:<recipient@example.org>");
    }
    return reply.startsWith("250") ? command("DATA") : reply;
  }

  /** Sends a message after DATA, with its end. */
  String end(byte[] body) throws IOException {
    send(stuffed(body));
    return reply();
  }

  void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  String reply() throws IOException {
    StringBuilder reply = new StringBuilder();
    while (true) {
      String line = line();
      reply.append(line);
      if (line.length() < 4 || line.charAt(3) != '-') {
        return reply.toString();
      }
      reply.append('\n');
    }
  }

  /** Tells whether the server has closed the connection. */
  boolean isAtEnd() throws IOException {
    return in.read() == -1;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next == -1) {
        throw new EOFException("the server has closed the connection");
      }
      if (next == '\n') {
        return line.toString(StandardCharsets.UTF_8);
      }
      if (next != '\r') {
        line.write(next);
      }
    }
  }

  /** What is sent after DATA for a message that ends with CRLF, or is empty. */
  static byte[] stuffed(byte[] body) {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    boolean atStart = true;
    for (int at = 0; at < body.length; at++) {
      if (atStart && body[at] == '.') {
        sent.write('.');
      }
      sent.write(body[at]);
      atStart = at > 0 && body[at - 1] == '\r' && body[at] == '\n';
    }
    sent.writeBytes(".\r\n".getBytes(StandardCharsets.US_ASCII));
    return sent.toByteArray();
  }

  static String idIn(String reply) {
    return reply.substring(reply.lastIndexOf(' ') + 1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
