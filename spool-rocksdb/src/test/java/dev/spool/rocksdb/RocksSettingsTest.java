package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.support.LocalSpoolBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every setting is known by its name, and RocksDB takes it. */
class RocksSettingsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cacheSize=8MiB",
        "increaseParallelism=2",
        "optimizeLevelStyleCompaction=16MiB",
        "optimizeUniversalStyleCompaction=16MiB",
        "compressionType=zstd",
        "compressionType=lz4",
        "optimizeLevelStyleCompaction=16MiB&compressionType=snappy",
        "compactionReadaheadSize=1MiB",
        "levelCompactionDynamicLevelBytes=false",
        "maxOpenFiles=100",
        "maxOpenFiles=-1",
        "writeBufferSize=64KiB",
        "level0StopWritesTrigger=1",
        "level0StopWritesTrigger=8",
        "optimizeLevelStyleCompaction=16MiB&level0StopWritesTrigger=1",
        "logLevel=warn",
        "memtableHugePageSize=0",
        "memtableHugePageSize=2MiB",
        "logFileTimeToRoll=1h",
        "obsoleteFilesPeriod=0",
        "useDirectIoForFlushAndCompaction=false",
        "useDirectIoForFlushAndCompaction=true",
        "ballast=0",
        "adopt=false"
      })
  void settingIsTaken(String setting, @TempDir Path dir) {
    SpoolId id = SpoolId.random();
    byte[] data = new byte[100_000];
    String ballast = setting.contains("ballast") ? "" : "&ballast=0";
    try (Spool spool = Spools.open("rocksdb:" + dir.resolve("s") + "?" + setting + ballast)) {
      assertThat(spool).isInstanceOf(RocksSpool.class);
      Spooled.get(spool.store(id, data));
      Spooled.get(spool.compact());
      assertThat(Spooled.get(spool.load(id))).isEqualTo(data);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cacheSize=1",
        "increaseParallelism=0",
        "compressionType=rar",
        "maxOpenFiles=1",
        "writeBufferSize=1",
        "level0StopWritesTrigger=0",
        "logLevel=loud",
        "ballast=much",
        "memtableHugePageSize=3MiB",
        "logFileTimeToRoll=1500ms",
        "compactionReadaheadSize=-1",
        "optimizeLevelStyleCompaction=1",
        "useDirectIoForFlushAndCompaction=perhaps",
        "paranoidChecks=false"
      })
  void badSettingIsRefused(String setting, @TempDir Path dir) {
    String name = setting.substring(0, setting.indexOf('='));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Spools.open("rocksdb:" + dir.resolve("s") + "?" + setting))
        .withMessageContaining(name);
    assertThat(dir.resolve("s")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimizeLevelStyleCompaction=16MiB&optimizeUniversalStyleCompaction=16MiB"
            + "| optimizeLevelStyleCompaction | optimizeUniversalStyleCompaction",
        "adopt=true&readOnly=true | adopt | readOnly",
        "writeBufferSize=64MiB&cacheSize=100MiB | writeBufferSize | raise cacheSize to 134217728",
        "optimizeLevelStyleCompaction=512MiB | optimizeLevelStyleCompaction | cacheSize",
        "optimizeUniversalStyleCompaction=512MiB | optimizeUniversalStyleCompaction | cacheSize",
        "ballast=100MiB | ballast | writeBufferSize",
        "writeBufferSize=256MiB&cacheSize=512MiB | ballast | raise ballast to 536870912",
        "optimizeLevelStyleCompaction=128MiB&ballast=60MiB | ballast | 33554432",
        "memtableHugePageSize=1GiB | memtableHugePageSize | writeBufferSize",
        "useDirectIoForFlushAndCompaction=true&compactionReadaheadSize=0"
            + "| useDirectIoForFlushAndCompaction | compactionReadaheadSize"
      })
  void settingsThatContradictOneAnotherAreRefusedWithTheReason(
      String settings, String one, String other, @TempDir Path dir) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Spools.open("rocksdb:" + dir.resolve("s") + "?" + settings))
        .withMessageContaining(one)
        .withMessageContaining(other);
    assertThat(dir.resolve("s")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "writeBufferSize=64MiB&cacheSize=128MiB",
        "cacheSize=8MiB&ballast=8MiB",
        "writeBufferSize=1MiB&ballast=2MiB",
        "memtableHugePageSize=2MiB",
        "useDirectIoForFlushAndCompaction=true&compactionReadaheadSize=2MiB"
      })
  void settingsThatJustGoTogetherAreTaken(String settings, @TempDir Path dir) {
    settingIsTaken(settings, dir);
  }

  @Test
  void everySettingIsInTheDocument() throws IOException {
    String page = Files.readString(Path.of("../docs/rocksdb.md"));
    Matcher rows = Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(page);
    Set<String> documented = new TreeSet<>();
    while (rows.find()) {
      documented.add(rows.group(1));
    }
    assertThat(documented).isEqualTo(ownSettings());
  }

  /** The names that the builder knows, without those of every local spool. */
  private static Set<String> ownSettings() {
    Set<String> names = new TreeSet<>(known(RocksSpool.builder(Path.of("x"))));
    names.removeAll(known(new AnyLocalSpool()));
    return names;
  }

  private static final class AnyLocalSpool extends LocalSpoolBuilder<AnyLocalSpool> {
    AnyLocalSpool() {
      super("any");
    }

    @Override
    protected AnyLocalSpool self() {
      return this;
    }
  }

  private static Set<String> known(LocalSpoolBuilder<?> builder) {
    try {
      builder.settings(Map.of("?", "?"));
      throw new AssertionError("it was taken");
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      return Set.of(message.substring(message.indexOf("are: ") + 5).split(", "));
    }
  }
}
