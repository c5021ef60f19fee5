package org.example.smtp;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mail in two spools, bodies and envelopes, under one id. <b>A message is accepted if and only if
 * its envelope is there.</b> From that follows the order of everything:
 *
 * <ul>
 *   <li>stored: the body, SYNC; then the envelope, SYNC. An envelope never comes before its body.
 *   <li>removed: the envelope, SYNC; then the body. An envelope never outlasts its body, not even
 *       over a power cut: that is why the first removal is forced, and the second need not be.
 *   <li>at start: every envelope is a message to deliver. A body without an envelope was never
 *       acknowledged, or has been delivered; it is removed if it is older than this process, so
 *       that no store of a session under way is mistaken for one.
 *   <li>an envelope without a body cannot come of a crash. It is reported, and never removed.
 * </ul>
 *
 * <p>Every method waits for its spools. Safe for use by any number of threads.
 */
public final class MailStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MailStore.class);

  private final Spool envelopes;
  private final Spool bodies;

  /**
   * When this process began, as ids tell time: within a process they only grow, whatever the clock
   * does, so no id that {@link #accept} draws is older.
   */
  private final Instant opened = SpoolId.random().createdAt();

  /** Takes over two open spools; closing the store closes them. */
  public MailStore(Spool envelopes, Spool bodies) {
    this.envelopes = envelopes;
    this.bodies = bodies;
  }

  /**
   * Opens the spools {@code envelopes} and {@code bodies} below a spool URI: {@code
   * file:/var/spool/mail?minFreeSpace=1GiB} gives {@code file:/var/spool/mail/envelopes} and {@code
   * file:/var/spool/mail/bodies}, both with that setting.
   *
   * @throws IllegalStateException if there are bodies and no envelopes: every one of them would
   *     look as if it had never been accepted
   */
  public static MailStore open(String uri) {
    int query = uri.indexOf('?');
    String base = query < 0 ? uri : uri.substring(0, query);
    String settings = query < 0 ? "" : uri.substring(query);
    @Nullable String directory = URI.create(base).getPath();
    if (directory != null
        && Files.exists(Path.of(directory, "bodies"))
        && !Files.exists(Path.of(directory, "envelopes"))) {
      throw new IllegalStateException(
          "there are bodies and no envelopes in " + directory + ": restore both, or neither");
    }
    // Envelopes first, so that a crash in between does not leave what was refused above.
    Spool envelopes = Spools.open(base + "/envelopes" + settings);
    try {
      return new MailStore(envelopes, Spools.open(base + "/bodies" + settings));
    } catch (RuntimeException | Error e) {
      envelopes.close();
      throw e;
    }
  }

  /** Returns null while messages are taken, and else a reason that is fit to show to a peer. */
  public @Nullable String unhealthyReason() {
    String reason = envelopes.unhealthyReason();
    return reason != null ? reason : bodies.unhealthyReason();
  }

  // docs: smtp-accept begin
  /**
   * Accepts a message: on return it survives a power cut, and may be acknowledged.
   *
   * @throws SpoolException if it was not accepted; it must not be acknowledged
   */
  public SpoolId accept(Envelope envelope, byte[] body, Deadline deadline) {
    SpoolId id = SpoolId.random();
    try {
      await(bodies.store(id, body, Durability.SYNC, deadline));
    } catch (SpoolException e) {
      discardBody(id);
      throw e;
    }
    try {
      await(envelopes.store(id, envelope.toBytes(), Durability.SYNC, deadline));
      return id; // accepted: from here on it is delivered, whatever happens
    } catch (SpoolException e) {
      if (e.outcome() == Outcome.NOT_APPLIED) {
        discardBody(id);
      } else {
        discardEnvelope(id); // and not the body: the envelope may yet come to be there
      }
      throw e;
    }
  }

  // docs: smtp-accept end

  /** There is no envelope of that id, nor will there be. If this fails, the next start does it. */
  private void discardBody(SpoolId id) {
    try {
      await(bodies.remove(id));
    } catch (SpoolException e) {
      LOG.warn("the body of {}, which was refused, stays until the next start", id, e);
    }
  }

  /** The client is told to send the message again: if we can help it, it comes only once. */
  private void discardEnvelope(SpoolId id) {
    try {
      await(envelopes.remove(id, Durability.SYNC, null));
    } catch (SpoolException e) {
      LOG.warn("{} was refused, and may be delivered all the same", id, e);
    }
  }

  /**
   * Reads a message that {@link #forEach} has found.
   *
   * @throws MessageNotFoundException if it was removed meanwhile
   * @throws UnpairedException if its envelope is there and its body is not
   * @throws SpoolException if it is damaged, or cannot be read now
   * @throws IllegalArgumentException if the envelope is not one
   */
  public Mail load(SpoolId id) {
    Envelope envelope = Envelope.parse(await(envelopes.load(id)));
    try {
      return new Mail(id, envelope, await(bodies.load(id)));
    } catch (MessageNotFoundException e) {
      throw new UnpairedException(id, e);
    }
  }

  // docs: smtp-remove begin
  /** Removes a message that somebody else is responsible for now. */
  public void remove(SpoolId id) {
    await(envelopes.remove(id, Durability.SYNC, null)); // before the body, after a power cut too
    await(bodies.remove(id));
  }

  // docs: smtp-remove end

  /**
   * Hands over the id of every message that is accepted and not removed, in bounded memory.
   *
   * @return how many envelopes are damaged
   * @throws SpoolException if not all could be seen
   */
  public long forEach(Consumer<SpoolId> accepted) {
    try (EntryChannel found = EntryChannel.bounded(1_000, 1 << 20)) {
      var scan = envelopes.list(found);
      for (SpoolEntry entry : found) { // consume before you wait for the future
        if (entry instanceof SpoolEntry.Listed listed) {
          accepted.accept(listed.id());
        } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
          LOG.error("an envelope is damaged: {} {}", corrupt.location(), corrupt.error());
        }
      }
      return await(scan).corrupt();
    }
  }

  // docs: smtp-orphans begin
  /**
   * Removes the bodies that no envelope belongs to: of messages that were never acknowledged, or
   * delivered already. May run beside everything else.
   *
   * @return how many
   * @throws SpoolException if not all could be seen; what was removed was rightly removed
   */
  public long collectOrphans() {
    if (hasDamagedEnvelopes()) {
      LOG.error("bodies without envelopes stay: they may belong to envelopes that are damaged");
      return 0;
    }
    long removed = 0;
    try (EntryChannel found = EntryChannel.bounded(1_000, 1 << 20)) {
      var scan = bodies.list(found, opened); // nothing that a session is storing now
      for (SpoolEntry entry : found) {
        if (entry instanceof SpoolEntry.Listed body && !hasEnvelope(body.id())) {
          await(bodies.remove(body.id()));
          removed++;
        }
      }
      await(scan);
    }
    return removed;
  }

  /** Only "not found" is a no: what is damaged, or cannot be read now, is an envelope. */
  private boolean hasEnvelope(SpoolId id) {
    try {
      await(envelopes.load(id));
      return true;
    } catch (MessageNotFoundException e) {
      return false;
    } catch (SpoolException e) {
      return true;
    }
  }

  // docs: smtp-orphans end

  /** Reads every envelope: what is damaged may have lost its name, too. */
  private boolean hasDamagedEnvelopes() {
    try (EntryChannel found = EntryChannel.bounded(1_000, 1 << 20)) {
      var scan = envelopes.enumerate(found);
      for (SpoolEntry entry : found) {
        if (entry instanceof SpoolEntry.Corrupt) {
          return true; // closing the channel ends the scan
        }
      }
      return await(scan).corrupt() > 0;
    }
  }

  /** Closes both spools. */
  @Override
  public void close() {
    try (bodies) {
      envelopes.close();
    }
  }

  private static <T> T await(CompletableFuture<T> call) {
    try {
      return call.join();
    } catch (CompletionException e) {
      throw SpoolException.unwrap(e);
    }
  }
}
