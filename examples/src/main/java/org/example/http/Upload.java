package org.example.http;

import dev.spool.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.example.replies.HttpReply;

/**
 * The body of one request, read as it arrives, without a thread that waits for it. It takes memory
 * for what has arrived, never for what the peer says is to come; and it is whole or fails: a body
 * that ends early is no message.
 *
 * <p>Jetty runs it on one thread at a time.
 */
final class Upload implements Runnable {
  private static final HttpReply BROKEN = new HttpReply(400, "the body is not proper HTTP", null);
  private static final HttpReply TOO_SLOW = new HttpReply(408, "the body came too slowly", null);

  private final Request request;
  private final BodyBuffer buffer;
  private final Deadline deadline;
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();

  Upload(Request request, ByteBudget budget, Settings settings) {
    this.request = request;
    this.buffer = new BodyBuffer(budget, atMost(request.getLength(), settings.maxMessageBytes()));
    this.deadline = Deadline.after(settings.bodyTimeout());
  }

  /**
   * Returns how long the body can become: an announced length is a limit, and no more than that.
   */
  private static int atMost(long announced, int max) {
    return announced < 0 ? max : (int) Math.min(announced, max);
  }

  /** Begins to read: only from here on is a client that asked first told to send its body. */
  CompletableFuture<byte[]> read() {
    run();
    return body;
  }

  /** Gives back the memory's share of the budget; the array must not be used any longer. */
  void release() {
    buffer.release();
  }

  @Override
  public void run() {
    try {
      while (!body.isDone()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        take(chunk);
      }
    } catch (Throwable t) { // out of memory, too: the peer must not wait for ever
      body.completeExceptionally(t);
    }
  }

  private void take(Content.Chunk chunk) {
    if (Content.Chunk.isFailure(chunk)) {
      throw failure(chunk.getFailure());
    }
    try {
      buffer.add(chunk);
    } finally {
      chunk.release();
    }
    if (chunk.isLast()) {
      body.complete(buffer.finish());
    } else if (deadline.isExpired()) {
      throw new RefusedException(TOO_SLOW);
    }
  }

  private static RuntimeException failure(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return new RefusedException(TOO_SLOW);
    }
    return failure instanceof HttpException
        ? new RefusedException(BROKEN)
        : new PeerLeftException(failure);
  }
}
