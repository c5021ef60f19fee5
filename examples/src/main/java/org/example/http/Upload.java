package org.example.http;

import dev.spool.Deadline;
import java.io.ByteArrayOutputStream;
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
  private final ByteBudget budget;
  private final int maxBytes;
  private final Deadline deadline;
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();

  /** One buffer that grows, and no list of pieces: a peer may send its body a byte at a time. */
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private int length;

  Upload(Request request, ByteBudget budget, Settings settings) {
    this.request = request;
    this.budget = budget;
    this.maxBytes = settings.maxMessageBytes();
    this.deadline = Deadline.after(settings.bodyTimeout());
  }

  /** Begins to read: only from here on is a client that asked first told to send its body. */
  CompletableFuture<byte[]> read() {
    run();
    return body;
  }

  /** Gives back the memory's share of the budget; the array must not be used any longer. */
  void release() {
    budget.giveBack(length);
    length = 0;
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
      add(chunk);
    } finally {
      chunk.release();
    }
    if (chunk.isLast()) {
      body.complete(bytes.toByteArray());
    } else if (deadline.isExpired()) {
      throw new RefusedException(TOO_SLOW);
    }
  }

  private void add(Content.Chunk chunk) {
    int more = chunk.remaining();
    if (more > maxBytes - length) {
      throw new RefusedException(HttpReply.TOO_LARGE);
    }
    if (!budget.tryTake(more)) {
      throw new RefusedException(HttpReply.SLOW);
    }
    length += more;
    byte[] part = new byte[more];
    chunk.get(part, 0, more);
    bytes.writeBytes(part);
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
