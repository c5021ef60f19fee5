package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which calls on a {@link FuseTree} fail or are held, by their number since the fault was armed: 1
 * is the next one. Safe for use by any number of threads.
 */
final class FuseFaults {

  /** What becomes of one call. */
  enum Fate {
    /** It is made. */
    MADE,
    /** It is made by half: of a write. */
    BY_HALF,
    /** It is made in part, as a file system may, which says so: of a write. */
    IN_PART,
    /** It fails, and what it was to do is dropped: of a force. */
    DROPPED
  }

  /** A fault at one of the calls that it is for. */
  private record Fault(Kind kind, long first, Errno errno, long pid) {}

  private enum Kind {
    ONCE,
    ONWARDS,
    SHORT_WRITE,
    WRITE_IN_PART,
    DROPPING_FORCE,
    DROPPING_DIRECTORY_FORCE,
    HELD,
    KILLED_BEFORE,
    KILLED_AFTER
  }

  /** How many calls there were since the fault was armed, of each kind that a fault is for. */
  private record Numbers(
      long calls, long writes, long forces, long directoryForces, long changing) {
    static final Numbers NONE = new Numbers(0, 0, 0, 0, 0);

    Numbers and(FuseCall call) {
      return new Numbers(
          calls + 1,
          writes + (call == FuseCall.WRITE ? 1 : 0),
          forces + (call == FuseCall.FSYNC ? 1 : 0),
          directoryForces + (call == FuseCall.FSYNCDIR ? 1 : 0),
          changing + (call.isChange() ? 1 : 0));
    }
  }

  /** Those that are held wait here. */
  private final Gate gate = new Gate();

  @GuardedBy("this")
  private final Set<FuseCall> held = EnumSet.noneOf(FuseCall.class);

  @GuardedBy("this")
  private @Nullable Fault fault;

  @GuardedBy("this")
  private Numbers made = Numbers.NONE;

  /** What writes fail for. */
  @GuardedBy("this")
  private @Nullable String refused;

  /** A call fails that must not be made. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    private final Errno errno;

    Failure(Errno errno) {
      super(errno.words(), null, false, false);
      this.errno = errno;
    }

    Errno errno() {
      return errno;
    }
  }

  void failNth(long n, boolean onwards, Errno errno) {
    arm(new Fault(onwards ? Kind.ONWARDS : Kind.ONCE, n, errno, 0));
  }

  /** The {@code n}th write is made by half, and says so; the next one finds no room. */
  void shortenNthWrite(long n) {
    arm(new Fault(Kind.SHORT_WRITE, n, Errno.ENOSPC, 0));
  }

  /** The {@code n}th write is made in part, and says so. */
  void writeNthInPart(long n) {
    arm(new Fault(Kind.WRITE_IN_PART, n, Errno.EIO, 0));
  }

  void dropNthForce(long n) {
    arm(new Fault(Kind.DROPPING_FORCE, n, Errno.EIO, 0));
  }

  void dropNthDirectoryForce(long n) {
    arm(new Fault(Kind.DROPPING_DIRECTORY_FORCE, n, Errno.EIO, 0));
  }

  /** The {@code n}th call is held until {@link #release}. */
  void holdNth(long n) {
    arm(new Fault(Kind.HELD, n, Errno.EIO, 0));
    gate.shut();
  }

  /**
   * A process is killed at the {@code n}th call that changes something.
   *
   * @param isMade whether that is made nevertheless
   */
  void killAtNthChange(long n, long pid, boolean isMade) {
    arm(new Fault(isMade ? Kind.KILLED_AFTER : Kind.KILLED_BEFORE, n, Errno.EIO, pid));
  }

  /** Writes fail from now on that have it among their bytes. */
  synchronized void failWritesOf(String text) {
    refused = text;
  }

  /** Counts anew. */
  void arm() {
    arm(null);
  }

  private synchronized void arm(@Nullable Fault armed) {
    fault = armed;
    made = Numbers.NONE;
  }

  /** No call fails any more; the counting goes on. */
  synchronized void heal() {
    fault = null;
    refused = null;
  }

  synchronized String counts() {
    return made.calls
        + " "
        + made.writes
        + " "
        + made.forces
        + " "
        + made.directoryForces
        + " "
        + made.changing;
  }

  void hold(Set<FuseCall> calls) {
    synchronized (this) {
      held.addAll(calls);
    }
    gate.shut();
  }

  void awaitHeld() {
    gate.awaitHeld();
  }

  void release() {
    synchronized (this) {
      held.clear();
    }
    gate.open();
  }

  /** Comes before a call: counts it, holds it, and tells what is to become of it. */
  Fate before(FuseCall call) throws Failure {
    boolean waits;
    synchronized (this) {
      waits = held.contains(call);
    }
    if (waits) {
      gate.pass();
    }
    Fault armed;
    Numbers number;
    synchronized (this) {
      made = made.and(call);
      number = made;
      armed = fault;
    }
    return armed == null ? Fate.MADE : fate(armed, call, number);
  }

  /** Comes before a write is made of these bytes. */
  void beforeWritten(ByteBuffer bytes) throws Failure {
    String text;
    synchronized (this) {
      text = refused;
    }
    if (text != null && StandardCharsets.ISO_8859_1.decode(bytes).toString().contains(text)) {
      throw new Failure(Errno.EIO);
    }
  }

  private Fate fate(Fault armed, FuseCall call, Numbers number) throws Failure {
    long first = armed.first;
    switch (armed.kind) {
      case ONCE, ONWARDS -> {
        if (number.calls == first || (number.calls > first && armed.kind == Kind.ONWARDS)) {
          throw new Failure(armed.errno);
        }
      }
      case SHORT_WRITE -> {
        if (call == FuseCall.WRITE && number.writes == first) {
          return Fate.BY_HALF;
        }
        if (call == FuseCall.WRITE && number.writes == first + 1) {
          throw new Failure(armed.errno);
        }
      }
      case WRITE_IN_PART -> {
        if (call == FuseCall.WRITE && number.writes == first) {
          return Fate.IN_PART;
        }
      }
      case DROPPING_FORCE -> {
        if (call == FuseCall.FSYNC && number.forces == first) {
          return Fate.DROPPED;
        }
      }
      case DROPPING_DIRECTORY_FORCE -> {
        if (call == FuseCall.FSYNCDIR && number.directoryForces == first) {
          return Fate.DROPPED;
        }
      }
      case HELD -> {
        if (number.calls == first) {
          gate.pass();
        }
      }
      case KILLED_BEFORE, KILLED_AFTER -> {
        if (call.isChange() && number.changing == first) {
          // It waits for the answer to this call, and then it is no more.
          ProcessHandle.of(armed.pid).ifPresent(ProcessHandle::destroyForcibly);
          if (armed.kind == Kind.KILLED_BEFORE) {
            throw new Failure(armed.errno);
          }
        }
      }
    }
    return Fate.MADE;
  }
}
