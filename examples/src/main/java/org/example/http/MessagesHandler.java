package org.example.http;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.example.replies.HttpReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resources: {@code /messages}, {@code /messages/ID}, {@code /health}, {@code /health/live}.
 * Nothing here waits: a request goes on when its body has come, and when its store has completed,
 * on whatever thread tells so.
 */
final class MessagesHandler extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(MessagesHandler.class);

  private static final String MESSAGES = "/messages";
  private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  /** How far another machine's clock may be ahead. */
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);

  private static final HttpReply NOT_FOUND = new HttpReply(404, "no such resource", null);
  private static final HttpReply BAD_ID =
      new HttpReply(400, "an id is a UUID of version 7 whose time is not in the future", null);
  private static final HttpReply TWO_KEYS =
      new HttpReply(400, "more than one Idempotency-Key", null);
  private static final HttpReply NO_LENGTH =
      new HttpReply(411, "a message comes with its length, or in chunks", null);
  private static final HttpReply ENCODED =
      new HttpReply(415, "a message is taken as it is, without a content encoding", null);
  private static final HttpReply UNDER_WAY =
      new HttpReply(409, "a request of this id is under way", Duration.ofSeconds(1));
  private static final HttpReply OTHER_CONTENT =
      new HttpReply(422, "another message has this id", null);

  private final Spool spool;
  private final Settings settings;
  private final Courier courier;
  private final ByteBudget budget;

  /** Ids that peers chose, and whose requests are under way. */
  private final Set<SpoolId> underWay = ConcurrentHashMap.newKeySet();

  MessagesHandler(Spool spool, Settings settings, Courier courier) {
    this.spool = spool;
    this.settings = settings;
    this.courier = courier;
    this.budget = new ByteBudget(settings.maxBufferedBytes());
  }

  /** The bytes of messages that requests hold. */
  long bufferedBytes() {
    return budget.taken();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Exchange exchange = new Exchange(request, response, callback);
    // A peer that waits for its answer is silent, rightly: reads and writes alone are timed.
    request.addIdleTimeoutListener(timeout -> false);
    try {
      route(exchange, request.getMethod(), String.valueOf(request.getHttpURI().getPath()));
    } catch (RefusedException e) {
      exchange.refuse(e.reply());
    }
    return true;
  }

  private void route(Exchange exchange, String method, String path) {
    if (path.equals(MESSAGES)) {
      if (method.equals("POST")) {
        post(exchange);
      } else {
        exchange.notAllowed("POST");
      }
    } else if (path.startsWith(MESSAGES + "/")) {
      SpoolId id = parse(path.substring(MESSAGES.length() + 1));
      switch (method) {
        case "PUT" -> takeNamed(exchange, chosenByPeer(id));
        case "GET" -> get(exchange, id);
        case "DELETE" -> delete(exchange, id);
        default -> exchange.notAllowed("GET, PUT, DELETE");
      }
    } else if (path.equals("/health")) {
      ready(exchange);
    } else if (path.equals("/health/live")) {
      exchange.empty(200); // whoever restarts a process asks this: a full disk is no reason to
    } else {
      throw new RefusedException(NOT_FOUND);
    }
  }

  // docs: http-ready begin
  private void ready(Exchange exchange) {
    if (spool.unhealthyReason() == null) {
      exchange.empty(200);
    } else {
      exchange.answer(HttpReply.UNHEALTHY);
    }
  }

  // docs: http-ready end

  private void post(Exchange exchange) {
    List<String> keys = exchange.request().getHeaders().getValuesList(IDEMPOTENCY_KEY);
    if (keys.size() > 1) {
      throw new RefusedException(TWO_KEYS);
    }
    if (keys.isEmpty()) {
      SpoolId id = SpoolId.random();
      take(exchange, id, message -> store(id, message), () -> {});
    } else {
      takeNamed(exchange, chosenByPeer(parse(unquoted(keys.get(0)))));
    }
  }

  /** Takes a message under an id that its sender chose, and may have sent before. */
  private void takeNamed(Exchange exchange, SpoolId id) {
    if (!underWay.add(id)) {
      throw new RefusedException(UNDER_WAY);
    }
    take(exchange, id, message -> storeOnce(id, message), () -> underWay.remove(id));
  }

  // docs: http-take begin
  private void take(
      Exchange exchange,
      SpoolId id,
      Function<byte[], CompletableFuture<Stored>> store,
      Runnable end) {
    HttpReply refusal = refusal(exchange.request());
    if (refusal != null) {
      end.run();
      exchange.refuse(refusal); // before a byte of the body was read, or asked for
      return;
    }
    Upload upload = new Upload(exchange.request(), budget, settings);
    var unused =
        upload
            .read()
            .thenCompose(store)
            .whenComplete(
                (stored, failure) -> {
                  upload.release();
                  end.run();
                  if (failure == null) {
                    try {
                      exchange.created(id); // 201: it survives a power cut
                    } finally {
                      deliver(id, stored);
                    }
                  } else {
                    fail(exchange, failure);
                  }
                });
  }

  private @Nullable HttpReply refusal(Request request) {
    if (spool.unhealthyReason() != null) {
      return HttpReply.UNHEALTHY;
    }
    if (budget.isExhausted()) {
      return HttpReply.SLOW;
    }
    if (request.getLength() > settings.maxMessageBytes()) {
      return HttpReply.TOO_LARGE; // what is sent in chunks is counted as it comes
    }
    HttpFields headers = request.getHeaders();
    if (!headers.contains(HttpHeader.CONTENT_LENGTH)
        && !headers.contains(HttpHeader.TRANSFER_ENCODING)) {
      return NO_LENGTH; // HTTP would take it for an empty message
    }
    return headers.contains(HttpHeader.CONTENT_ENCODING) ? ENCODED : null;
  }

  /** Claimed first: else a sweep might find, deliver and remove it before this is told. */
  private CompletableFuture<Stored> store(SpoolId id, byte[] message) {
    boolean claimed = courier.claim(id);
    return spool
        .store(id, message, Durability.SYNC, Deadline.after(settings.storeTimeout()))
        .whenComplete(
            (done, failure) -> {
              if (claimed && failure != null) {
                courier.release(id);
              }
            })
        .thenApply(done -> new Stored(message, claimed));
  }

  private void deliver(SpoolId id, Stored stored) {
    if (stored.claimed()) {
      courier.accepted(id, stored.message());
    }
  }

  /** A message, and whether its delivery is this request's to begin. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Stored(byte[] message, boolean claimed) {}

  // docs: http-take end

  // docs: http-once begin
  /**
   * Stores a message whose sender may have sent it before, when it did not get the answer. What is
   * there already is stored again: after an outcome that was unknown it may be readable, and not be
   * on the disk. Another message under the same id is refused: the one that is there was
   * acknowledged, and may be on its way.
   */
  private CompletableFuture<Stored> storeOnce(SpoolId id, byte[] message) {
    return spool
        .load(id)
        .handle(
            (there, failure) -> {
              if (failure == null && !Arrays.equals(there, message)) {
                throw new RefusedException(OTHER_CONTENT);
              }
              if (failure != null && !mayBeReplaced(SpoolException.unwrap(failure))) {
                throw new CompletionException(failure);
              }
              if (failure != null && courier.isDelivering(id)) { // what was removed meanwhile
                throw new RefusedException(UNDER_WAY); // or its removal would remove this one
              }
              return message;
            })
        .thenCompose(checked -> store(id, checked));
  }

  private static boolean mayBeReplaced(SpoolException failure) {
    return failure instanceof MessageNotFoundException
        || failure instanceof MessageCorruptException; // which its sender mends by that
  }

  // docs: http-once end

  private void get(Exchange exchange, SpoolId id) {
    var unused =
        spool
            .load(id)
            .whenComplete(
                (message, failure) -> {
                  if (failure != null) {
                    fail(exchange, failure);
                  } else if (!budget.tryTake(message.length)) {
                    exchange.answer(HttpReply.SLOW);
                  } else {
                    exchange.message(message, () -> budget.giveBack(message.length));
                  }
                });
  }

  private void delete(Exchange exchange, SpoolId id) {
    var unused =
        spool
            .remove(id, Durability.SYNC, Deadline.after(settings.storeTimeout()))
            .whenComplete(
                (removed, failure) -> {
                  if (failure == null) {
                    exchange.empty(204);
                  } else {
                    fail(exchange, failure);
                  }
                });
  }

  // docs: http-fail begin
  private static void fail(Exchange exchange, Throwable failure) {
    Throwable inner = failure instanceof CompletionException e ? e.getCause() : failure;
    if (inner instanceof RefusedException refused) {
      exchange.refuse(refused.reply());
    } else if (inner instanceof PeerLeftException) {
      exchange.abort(inner); // the message was not whole: nothing was stored
    } else {
      SpoolException typed = SpoolException.unwrap(failure);
      if (!(typed instanceof SpoolUnhealthyException)) { // of which the spool's own log tells once
        LOG.warn("{} {}", exchange.request().getMethod(), typed.toString());
      }
      exchange.answer(HttpReply.of(typed));
    }
  }

  // docs: http-fail end

  private static SpoolId parse(String text) {
    try {
      return SpoolId.parse(text);
    } catch (IllegalArgumentException e) { // its message shows the text: not for the peer
      throw new RefusedException(BAD_ID);
    }
  }

  /**
   * Returns the id if a peer may choose it. One of version 1 does not sort by time; one from the
   * future would be passed over by scans up to now, and would look young for ever.
   */
  private static SpoolId chosenByPeer(SpoolId id) {
    if (id.toUuid().version() != 7 || id.createdAt().isAfter(Instant.now().plus(CLOCKS_DIFFER))) {
      throw new RefusedException(BAD_ID);
    }
    return id;
  }

  private static String unquoted(String key) {
    return key.length() >= 2 && key.startsWith("\"") && key.endsWith("\"")
        ? key.substring(1, key.length() - 1)
        : key;
  }
}
