package org.example.http;

import dev.spool.Deadline;
import dev.spool.SpoolId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.example.replies.HttpReply;

/** One request and its only answer. */
final class Exchange {
  /** How long a body that nobody wants is read, so that its sender gets to the answer. */
  private static final Duration LINGER = Duration.ofSeconds(30);

  private static final long LINGER_BYTES = 64L << 20;

  private final Request request;
  private final Response response;
  private final Callback callback;

  Exchange(Request request, Response response, Callback callback) {
    this.request = request;
    this.response = response;
    this.callback = callback;
  }

  Request request() {
    return request;
  }

  void created(SpoolId id) {
    response.getHeaders().put(HttpHeader.LOCATION, "/messages/" + id);
    empty(201);
  }

  void empty(int status) {
    response.setStatus(status);
    callback.succeeded();
  }

  /** Answers with a message, whatever is in it: no browser is to take it for a page of ours. */
  void message(byte[] message, Runnable sent) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/octet-stream");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    response.getHeaders().put("Content-Disposition", "attachment");
    response.write(true, ByteBuffer.wrap(message), Callback.from(sent, callback));
  }

  void notAllowed(String allowed) {
    response.getHeaders().put(HttpHeader.ALLOW, allowed);
    answer(new HttpReply(405, "not a method of this resource", null));
  }

  /** Answers a request whose body, if there is one, has been read. */
  void answer(HttpReply reply) {
    write(reply, callback);
  }

  /**
   * Answers a request whose body has not been read to its end. A peer that asked before it sends
   * (Expect: 100-continue) keeps it. What another one is sending is read and dropped for a while
   * after the answer: closing at once would reset the connection, and the peer might lose the
   * answer.
   */
  void refuse(HttpReply reply) {
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    boolean asked = request.getHeaders().contains(HttpHeader.EXPECT);
    write(reply, asked ? callback : Callback.from(new Drain(), callback::failed));
  }

  /** The peer has left, and hears nothing. */
  void abort(Throwable failure) {
    callback.failed(failure);
  }

  private void write(HttpReply reply, Callback written) {
    response.setStatus(reply.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
    Duration retryAfter = reply.retryAfter();
    if (retryAfter != null) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfter.toSeconds());
    }
    response.write(true, ByteBuffer.wrap(reply.body().getBytes(StandardCharsets.UTF_8)), written);
  }

  /** Reads what nobody wants, and ends the exchange. */
  private final class Drain implements Runnable {
    private final Deadline deadline = Deadline.after(LINGER);
    private long dropped;

    @Override
    public void run() {
      while (!deadline.isExpired() && dropped < LINGER_BYTES) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        dropped += chunk.remaining();
        boolean over = chunk.isLast() || Content.Chunk.isFailure(chunk);
        chunk.release();
        if (over) {
          break;
        }
      }
      callback.succeeded();
    }
  }
}
