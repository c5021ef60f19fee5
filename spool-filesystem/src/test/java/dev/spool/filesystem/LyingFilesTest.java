package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.filesystem.LyingFileProvider.Lie;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.DamagedFile;
import dev.spool.testkit.DirectoryFixture;
import dev.spool.testkit.KillContract;
import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.StorageDamageContract;
import dev.spool.testkit.Trait;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Damage, kills and writes that are made in parts find spools of files that break a promise. */
@Tag("same-on-any-jdk")
class LyingFilesTest {

  /** Spools that lie. */
  private record Lying(Lie lie) implements SpoolFixture, StorageDamageContract, KillContract {
    @Override
    public SpoolFixture fixture() {
      return this;
    }

    @Override
    public Set<Trait> traits() {
      return Set.of(Trait.PERSISTENT);
    }

    @Override
    public String uri(Path directory) {
      return LyingFileProvider.uri(directory, lie);
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return Spools.open(uri(directory));
    }

    @Override
    public Set<SpoolId> mayBeMissing(DamagedFile damage, Path image, Set<SpoolId> all) {
      return FileReliabilityTest.messagesOf(damage, all);
    }

    /** Some of the first are enough. */
    @Override
    public int damagesInShort() {
      return 60;
    }
  }

  @Test
  void checksumThatIsNotLookedAt(@TempDir Path dir) {
    Lying contract = new Lying(Lie.CHECKS_NOTHING);
    assertThatThrownBy(() -> contract.damageIsNeverServedAndNeverUnnoticed(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("wrong bytes");
  }

  @Test
  void damageThatIsToldOnce(@TempDir Path dir) {
    Lying contract = new Lying(Lie.TELLS_ONCE);
    assertThatThrownBy(() -> contract.damageIsNeverServedAndNeverUnnoticed(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("opened again, healthy, and missing");
  }

  @Test
  void damageToOneMessageThatCostsOthers(@TempDir Path dir) {
    Lying contract = new Lying(Lie.ONE_SPOILS_ALL);
    assertThatThrownBy(() -> contract.damageIsNeverServedAndNeverUnnoticed(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("not served, though nothing of these was hit");
  }

  @Test
  void storesThatAreWrittenLater(@TempDir Path dir) {
    Lying contract = new Lying(Lie.WRITES_LATER);
    assertThatThrownBy(() -> contract.processIsKilledAtEachStep(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }

  @Test
  void spoolThatIsHalfMadeAndRefused(@TempDir Path dir) {
    Lying contract = new Lying(Lie.REFUSES_WHAT_IS_HALF_MADE);
    assertThatThrownBy(() -> contract.processIsKilledWhileItMakesASpool(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("there is no tmp in it");
  }

  /** A backend that takes the bytes of each write for written. */
  @Test
  @EnabledIfSystemProperty(
      named = "spool.stress",
      matches = "true",
      disabledReason = "skipped: in the long form only, -Pstress")
  void writeOfWhichTheRestIsForgotten(@TempDir Path dir) {
    MountedFaultContract contract =
        () ->
            new DirectoryFixture(
                (directory, settings, callbacks, disk) ->
                    FileSpool.builder(directory)
                        .settings(settings)
                        .disk(writingOnce(Disk.class, Disk.system()))
                        .open());
    assertThatThrownBy(() -> contract.writeThatIsMadeInPartsIsNoFailure(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("WRITE_IN_PART");
  }

  private static <T> T writingOnce(Class<T> type, T to) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (to instanceof DiskFile file && method.getName().equals("write")) {
                try (FileChannel channel =
                    FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
                  int unused = channel.write(together(arguments[0]), (long) arguments[1]);
                  return null;
                }
              }
              try {
                Object result = method.invoke(to, arguments);
                return result instanceof DiskFile file ? writingOnce(DiskFile.class, file) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /** Takes all bytes of one buffer, or of several. */
  private static ByteBuffer together(Object what) {
    ByteBuffer[] buffers =
        what instanceof ByteBuffer one ? new ByteBuffer[] {one} : (ByteBuffer[]) what;
    int length = 0;
    for (ByteBuffer buffer : buffers) {
      length += buffer.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (ByteBuffer buffer : buffers) {
      all.put(buffer);
    }
    return all.flip();
  }
}
