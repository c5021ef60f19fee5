package dev.spool.support;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.Admission.Verdict;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Admission: no more than fit, and none forgotten. */
public class AdmissionRaces {
  private static final SpoolId ID = SpoolId.random();
  private static final byte[] MESSAGE = new byte[10];

  private AdmissionRaces() {}

  private static final class Settings extends LocalSpoolBuilder<Settings> {
    Settings() {
      super("races");
    }

    @Override
    protected Settings self() {
      return this;
    }
  }

  /** For so many stores at once, and so many bytes. */
  static Admission of(int stores, long bytes) {
    Settings settings = new Settings();
    settings.maxConcurrentStores = stores;
    settings.maxInFlightBytes = bytes;
    return new Admission(settings);
  }

  /** A store of ten bytes, of no spool: nobody ends it here. */
  @SuppressWarnings("NullAway")
  static WriteCall store() {
    return new WriteCall(null, ID, MESSAGE, Durability.SYNC, null);
  }

  static int count(Call<?> call, List<Call<?>> admitted) {
    return (int) admitted.stream().filter(each -> each == call).count();
  }

  /** The one that arrives as another goes is admitted, by itself or by that one, once. */
  @JCStressTest
  @Outcome(id = "1, 1, 10", expect = ACCEPTABLE)
  @State
  public static class ArrivalBesideRelease {
    private final Admission admission = of(1, 100);
    private final WriteCall first = store();
    private final WriteCall second = store();
    private int byItself;
    private int byRelease;

    /** One is there. */
    public ArrivalBesideRelease() {
      admission.admit(first);
    }

    @Actor
    public void arriving() {
      byItself = admission.admit(second) == Verdict.ADMITTED ? 1 : 0;
    }

    @Actor
    public void leaving() {
      byRelease = count(second, admission.release(first));
    }

    @Arbiter
    public void afterwards(III_Result r) {
      r.r1 = byItself + byRelease;
      r.r2 = admission.running(CallKind.STORE);
      r.r3 = (int) admission.bytes() + 1000 * admission.waiting();
    }
  }

  /** Two arrive where one fits, by number: one is admitted, the other waits. */
  @JCStressTest
  @Outcome(id = "1, 1, 1010", expect = ACCEPTABLE)
  @State
  public static class TwoArrivals {
    private final Admission admission = of(1, 100);
    private int one;
    private int other;

    @Actor
    public void one() {
      one = admission.admit(store()) == Verdict.ADMITTED ? 1 : 0;
    }

    @Actor
    public void other() {
      other = admission.admit(store()) == Verdict.ADMITTED ? 1 : 0;
    }

    @Arbiter
    public void afterwards(III_Result r) {
      r.r1 = one + other;
      r.r2 = admission.running(CallKind.STORE);
      r.r3 = (int) admission.bytes() + 1000 * admission.waiting();
    }
  }

  /** Two arrive where one fits, by bytes. */
  @JCStressTest
  @Outcome(id = "1, 1, 1010", expect = ACCEPTABLE)
  @State
  public static class TwoArrivalsByBytes {
    private final Admission admission = of(10, 15);
    private int one;
    private int other;

    @Actor
    public void one() {
      one = admission.admit(store()) == Verdict.ADMITTED ? 1 : 0;
    }

    @Actor
    public void other() {
      other = admission.admit(store()) == Verdict.ADMITTED ? 1 : 0;
    }

    @Arbiter
    public void afterwards(III_Result r) {
      r.r1 = one + other;
      r.r2 = admission.running(CallKind.STORE);
      r.r3 = (int) admission.bytes() + 1000 * admission.waiting();
    }
  }

  /**
   * The one that waits is withdrawn as another goes: it is taken out or admitted, never both, and
   * the next one is admitted if it was taken out.
   */
  @JCStressTest
  @Outcome(id = "1, 1, 1010", expect = ACCEPTABLE, desc = "admitted before it was withdrawn")
  @Outcome(id = "10, 1, 10", expect = ACCEPTABLE, desc = "withdrawn, and the next one admitted")
  @State
  public static class WithdrawalBesideRelease {
    private final Admission admission = of(1, 100);
    private final WriteCall first = store();
    private final WriteCall second = store();
    private final WriteCall third = store();
    private int taken;
    private int admitted;
    private int next;
    private int nextByWithdrawal;

    /** One is there, and two wait. */
    public WithdrawalBesideRelease() {
      admission.admit(first);
      admission.admit(second);
      admission.admit(third);
    }

    @Actor
    public void withdrawing() {
      List<Call<?>> behind = admission.removeWaiting(second);
      taken = behind == null ? 0 : 9;
      nextByWithdrawal = behind == null ? 0 : count(third, behind);
    }

    @Actor
    public void leaving() {
      List<Call<?>> behind = admission.release(first);
      admitted = count(second, behind);
      next = count(third, behind);
    }

    @Arbiter
    public void afterwards(III_Result r) {
      r.r1 = taken + admitted + next + nextByWithdrawal;
      r.r2 = admission.running(CallKind.STORE);
      r.r3 = (int) admission.bytes() + 1000 * admission.waiting();
    }
  }

  /** Who leaves and who takes the place are one step: nobody sees more than fit, nor less. */
  @JCStressTest
  @Outcome(id = "10", expect = ACCEPTABLE)
  @State
  public static class BytesSeenMeanwhile {
    private final Admission admission = of(10, 15);
    private final WriteCall first = store();

    /** One is there, and two wait. */
    public BytesSeenMeanwhile() {
      admission.admit(first);
      admission.admit(store());
      admission.admit(store());
    }

    @Actor
    public void leaving() {
      admission.release(admission.release(first));
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 = (int) admission.bytes();
    }
  }
}
