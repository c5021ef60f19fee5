package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
    /** It fails, and what it was to do is dropped: of a force. */
    DROPPED
  }

  /** A fault at one of the calls. */
  private record Fault(Kind kind, long first, Errno errno) {}

  private enum Kind {
    ONCE,
    ONWARDS,
    SHORT_WRITE,
    DROPPING_FORCE
  }

  /** Those that are held wait here. */
  private final Gate gate = new Gate();

  @GuardedBy("this")
  private final Set<FuseCall> held = EnumSet.noneOf(FuseCall.class);

  @GuardedBy("this")
  private @Nullable Fault fault;

  @GuardedBy("this")
  private long calls;

  @GuardedBy("this")
  private long writes;

  @GuardedBy("this")
  private long forces;

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

  synchronized void failNth(long n, boolean onwards, Errno errno) {
    arm(new Fault(onwards ? Kind.ONWARDS : Kind.ONCE, n, errno));
  }

  /** The {@code n}th write is made by half, and says so; the next one finds no room. */
  synchronized void shortenNthWrite(long n) {
    arm(new Fault(Kind.SHORT_WRITE, n, Errno.ENOSPC));
  }

  synchronized void dropNthForce(long n) {
    arm(new Fault(Kind.DROPPING_FORCE, n, Errno.EIO));
  }

  /** Counts anew. */
  synchronized void arm() {
    arm(null);
  }

  @GuardedBy("this")
  private void arm(@Nullable Fault armed) {
    fault = armed;
    calls = 0;
    writes = 0;
    forces = 0;
  }

  /** No call fails any more; the counting goes on. */
  synchronized void heal() {
    fault = null;
  }

  synchronized String counts() {
    return calls + " " + writes + " " + forces;
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
    return fate(call);
  }

  private synchronized Fate fate(FuseCall call) throws Failure {
    calls++;
    writes += call == FuseCall.WRITE ? 1 : 0;
    forces += call == FuseCall.FSYNC ? 1 : 0;
    Fault armed = fault;
    if (armed == null) {
      return Fate.MADE;
    }
    switch (armed.kind) {
      case ONCE, ONWARDS -> {
        if (calls == armed.first || (calls > armed.first && armed.kind == Kind.ONWARDS)) {
          throw new Failure(armed.errno);
        }
      }
      case SHORT_WRITE -> {
        if (call == FuseCall.WRITE && writes == armed.first) {
          return Fate.BY_HALF;
        }
        if (call == FuseCall.WRITE && writes == armed.first + 1) {
          throw new Failure(armed.errno);
        }
      }
      case DROPPING_FORCE -> {
        if (call == FuseCall.FSYNC && forces == armed.first) {
          return Fate.DROPPED;
        }
      }
    }
    return Fate.MADE;
  }
}
