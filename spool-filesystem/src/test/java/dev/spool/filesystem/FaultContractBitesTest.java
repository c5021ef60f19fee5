package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSync;
import dev.spool.testkit.FaultContract;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Faults at every operation find a backend that leaves out, or does again, what keeps its promises:
 * what it calls on the disk is left out here.
 */
class FaultContractBitesTest {

  /** Does a call, or something else. */
  @FunctionalInterface
  private interface Mutation {
    Object call(String method, Step step) throws IOException;
  }

  /** The call as it is. */
  @FunctionalInterface
  private interface Step {
    Object run() throws IOException;
  }

  private static <T> T mutated(Class<T> type, T to, Mutation mutation) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object result =
                  mutation.call(
                      method.getName(),
                      () -> {
                        try {
                          return method.invoke(to, arguments);
                        } catch (InvocationTargetException e) {
                          if (e.getCause() instanceof IOException io) {
                            throw io;
                          }
                          throw new AssertionError(e.getCause());
                        } catch (IllegalAccessException e) {
                          throw new AssertionError(e);
                        }
                      });
              return result instanceof DiskFile file
                  ? mutated(DiskFile.class, file, mutation)
                  : result;
            }));
  }

  private static FaultContract mutated(Mutation mutation) {
    return (disk, directory) -> open(mutated(Disk.class, disk, mutation), directory);
  }

  private static FileSpool open(Disk disk, Path directory) {
    return FileSpool.builder(directory)
        .disk(disk)
        .settings(Map.of("minFreeSpace", "0", "minFreeInodes", "0"))
        .open();
  }

  private static FaultContract without(String left) {
    return mutated((method, step) -> method.equals(left) ? null : step.run());
  }

  @Test
  void directoryForceThatIsLeftOut() {
    assertThatThrownBy(without("forceDirectory")::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void forceThatIsLeftOut() {
    assertThatThrownBy(without("force")::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failedForceThatIsRetried() {
    FaultContract retrying =
        mutated(
            (method, step) -> {
              try {
                return step.run();
              } catch (IOException e) {
                if (method.equals("force")) {
                  return step.run();
                }
                throw e;
              }
            });
    assertThatThrownBy(retrying::everyForceFailsAndDropsWhatItWasToForce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failureThatIsSwallowed() {
    FaultContract swallowing =
        mutated(
            (method, step) -> {
              try {
                return step.run();
              } catch (IOException e) {
                if (method.equals("write") || method.equals("rename")) {
                  return null;
                }
                throw e;
              }
            });
    assertThatThrownBy(swallowing::everyOperationFailsOnce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void forceOfAllFilesThatIsLeftOut() {
    assertThatThrownBy(forcingTogether(sync -> true)::powerFailsAtEveryChange)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void failedForceOfAllFilesThatIsBelieved() {
    assertThatThrownBy(
            forcingTogether(FaultContractBitesTest::believed)
                ::everyForceFailsAndDropsWhatItWasToForce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  private static FaultContract forcingTogether(Predicate<DiskSync> force) {
    return mutated(
        (method, step) ->
            method.equals("openSync") && step.run() instanceof DiskSync sync
                ? new DiskSync() {
                  @Override
                  public boolean force() {
                    return force.test(sync);
                  }

                  @Override
                  public void close() {
                    sync.close();
                  }
                }
                : step.run());
  }

  private static boolean believed(DiskSync sync) {
    boolean unused = sync.force();
    return true;
  }
}
