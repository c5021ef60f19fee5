package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FaultyMount} that is used by a process of its own, which SIGKILL ends while it makes its
 * {@code k}th call that changes something: before that is carried out, or right after. A life
 * without a kill takes no such process, and is lived in this one.
 */
final class KilledStage implements FaultStage {
  private static final int BY_SIGKILL = 128 + 9;

  private final FaultyMount mount;
  private final BackendContract backend;
  private final Path log;
  private final MountedStage here;
  private boolean isMade;

  /** At which call it is killed; 0 for none. */
  private int strike;

  private @Nullable RemoteSpool process;

  /**
   * Makes one.
   *
   * @param log the file that the errors of processes are appended to
   */
  KilledStage(FaultyMount mount, BackendContract backend, Path log) {
    this.mount = mount;
    this.backend = backend;
    this.log = log;
    this.here = new MountedStage(mount, (dir, none) -> backend.open(dir));
  }

  @Override
  public void clear(SplittableRandom random) {
    isMade = random.nextBoolean();
    here.clear(random);
  }

  @Override
  public void plant(FaultSweep.Beginning beginning) {
    here.plant(beginning);
  }

  @Override
  public boolean isAsPlanted() {
    return here.isAsPlanted();
  }

  @Override
  public Spool open() {
    if (strike == 0) {
      return here.open();
    }
    RemoteSpool remote;
    try {
      remote = new RemoteSpool(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process = remote;
    mount.killAtNthChange(strike, remote.pid(), isMade);
    remote.open(backend.fixture().uri(MountedStage.root(mount.directory())));
    return remote;
  }

  @Override
  public void arm(FaultSweep.Kind kind, int k, Errno error) {
    mount.killAtNthChange(Integer.MAX_VALUE, 0, false);
    strike = k == Integer.MAX_VALUE ? 0 : k;
  }

  @Override
  public long operations() {
    return mount.counts().changing();
  }

  @Override
  public void release() {
    here.release();
  }

  @Override
  public void end(boolean powerCut) {
    RemoteSpool remote = process;
    if (remote != null) {
      int status = remote.awaitEnd(Duration.ofSeconds(Check.LIMIT_SECONDS));
      assertThat(status).as("killed").isEqualTo(operations() >= strike ? BY_SIGKILL : 0);
    }
    process = null;
    strike = 0;
    here.end(powerCut);
  }
}
