package dev.spool.support;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A store or a removal on its way to the engine's writer.
 *
 * <p>Protocol, for the one thread that writes: {@link #join()} once; if it was true, {@link
 * #succeed()} (or {@link #succeedAll}) or {@link #fail} once, when the call's {@link #durability()}
 * is true and nobody touches {@link #data()} any more. These never block, and the caller's
 * continuations run elsewhere.
 */
public final class WriteCall extends Call<Void> {
  private final SpoolId id;
  private final byte @Nullable [] data;
  private final Durability durability;

  WriteCall(
      LocalSpool spool,
      SpoolId id,
      byte @Nullable [] data,
      Durability durability,
      @Nullable Deadline deadline) {
    super(spool, data == null ? 0 : data.length, deadline);
    this.id = id;
    this.data = data;
    this.durability = durability;
  }

  /** Returns the message's id. */
  public SpoolId id() {
    return id;
  }

  /** Returns the message, which must not be modified; null if this is a removal. */
  public byte @Nullable [] data() {
    return data;
  }

  /** Returns what has to be true before {@link #succeed()}. */
  public Durability durability() {
    return durability;
  }

  /**
   * Takes the call up, from when on it may be written. Returns false if it was withdrawn: then it
   * must not be written, and nothing else may be called.
   */
  public boolean join() {
    return takeUp();
  }

  /** The write is done, as durably as was asked for. */
  public void succeed() {
    finish(null);
  }

  /**
   * The writes are done, as {@link #succeed()} says for each: cheaper than one by one, since their
   * continuations are handed over together.
   */
  public static void succeedAll(List<WriteCall> calls) {
    if (!calls.isEmpty()) {
      calls.get(0).spool().finishAll(calls);
    }
  }

  /**
   * The write failed. {@link SpoolException#outcome()} must tell whether it may be there
   * nevertheless.
   */
  public void fail(SpoolException failure) {
    finishFailed(failure);
  }

  @Override
  CallKind kind() {
    return data == null ? CallKind.REMOVE : CallKind.STORE;
  }

  @Override
  String describe() {
    return id.toString();
  }
}
