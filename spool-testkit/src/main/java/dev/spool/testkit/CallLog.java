package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Durability;
import dev.spool.SpoolException.Outcome;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a process says of its calls, to whoever started it, before each and after its end. Saying it
 * needs no memory of the process, which may have none; and what was said is known when the process
 * is dead. {@link CallLogJudge} reads it.
 *
 * <p>A record is its length in bytes, what it is, and numbers. Safe for use by any thread.
 */
@SuppressWarnings("EnumOrdinal") // both sides are of one build
final class CallLog {
  /** What is said. */
  enum What {
    STORE,
    REMOVE,
    DONE,
    FAILED,
    LOAD,
    LOADED,
    SCAN,
    SHOWN,
    SCANNED,
    READ_NOTHING,
    DAMAGED,
    BAD,
    SAID
  }

  /** A length that no message has: there is none. */
  static final int ABSENT = -1;

  static final int DIGEST = 32;

  /** Of a record. */
  static final int LONGEST = 3000;

  /** So that none is cut off. */
  private static final int LONGEST_TEXT = 2000;

  private static final byte[] NO_DIGEST = new byte[DIGEST];

  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

  @GuardedBy("this")
  private final ByteBuffer buffer = ByteBuffer.wrap(new byte[LONGEST]);

  @GuardedBy("this")
  private int calls;

  /** A store is about to be called; returns its number. */
  synchronized int storing(int message, long generation, Durability level) {
    calls++;
    begin(What.STORE).putInt(calls).putInt(message).putInt(level.ordinal()).putLong(generation);
    end();
    return calls;
  }

  /** A removal is about to be called; returns its number. */
  synchronized int removing(int message, Durability level) {
    calls++;
    begin(What.REMOVE).putInt(calls).putInt(message).putInt(level.ordinal());
    end();
    return calls;
  }

  /** A load is about to be called; returns its number. */
  synchronized int loading(int message) {
    calls++;
    begin(What.LOAD).putInt(calls).putInt(message);
    end();
    return calls;
  }

  /** A scan is about to be called; returns its number. */
  synchronized int scanning() {
    calls++;
    begin(What.SCAN).putInt(calls);
    end();
    return calls;
  }

  /** A write was acknowledged. */
  synchronized void done(int call) {
    begin(What.DONE).putInt(call);
    end();
  }

  /** A write failed. */
  synchronized void failed(int call, Outcome outcome) {
    begin(What.FAILED).putInt(call).putInt(outcome.ordinal());
    end();
  }

  /** A load ended, with a message of that length, or none. */
  synchronized void loaded(int call, int length, byte @Nullable [] digest) {
    begin(What.LOADED).putInt(call).putInt(length).put(digest == null ? NO_DIGEST : digest);
    end();
  }

  /** A scan showed a message. */
  synchronized void shown(int call, int message, int length, byte[] digest) {
    begin(What.SHOWN).putInt(call).putInt(message).putInt(length).put(digest);
    end();
  }

  /** A scan has shown everything. */
  synchronized void scanned(int call) {
    begin(What.SCANNED).putInt(call);
    end();
  }

  /** A load or a scan failed. */
  synchronized void readNothing(int call) {
    begin(What.READ_NOTHING).putInt(call);
    end();
  }

  /** A message was called damaged. */
  synchronized void damaged(int call) {
    begin(What.DAMAGED).putInt(call);
    end();
  }

  /** Something is not as it has to be. Needs memory. */
  synchronized void bad(String text) {
    text(What.BAD, text);
  }

  /** Something for whoever reads the log. Needs memory. */
  synchronized void say(String text) {
    text(What.SAID, text);
  }

  @GuardedBy("this")
  private void text(What what, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    begin(what).put(bytes, 0, Math.min(bytes.length, LONGEST_TEXT));
    end();
  }

  @GuardedBy("this")
  private ByteBuffer begin(What what) {
    return buffer.clear().putInt(0).put((byte) what.ordinal());
  }

  @GuardedBy("this")
  private void end() {
    buffer.putInt(0, buffer.position());
    try {
      out.write(buffer.array(), 0, buffer.position());
    } catch (IOException e) {
      throw new UncheckedIOException("whoever started this is gone", e);
    }
  }
}
