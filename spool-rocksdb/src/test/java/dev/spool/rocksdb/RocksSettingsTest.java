package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
        "level0StopWritesTrigger=8",
        "logLevel=warn",
        "memtableHugePageSize=0",
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
    String ballast = setting.startsWith("ballast") ? "" : "&ballast=0";
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
        "level0StopWritesTrigger=1",
        "logLevel=loud",
        "ballast=much",
        "paranoidChecks=false"
      })
  void badSettingIsRefused(String setting, @TempDir Path dir) {
    String name = setting.substring(0, setting.indexOf('='));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Spools.open("rocksdb:" + dir.resolve("s") + "?" + setting))
        .withMessageContaining(name);
    assertThat(dir.resolve("s")).doesNotExist();
  }

  @Test
  void settingsThatExcludeOneAnotherAreRefused(@TempDir Path dir) {
    RocksSpool.Builder both =
        RocksSpool.builder(dir)
            .settings(
                Map.of(
                    "optimizeLevelStyleCompaction",
                    "16MiB",
                    "optimizeUniversalStyleCompaction",
                    "16MiB"));
    assertThatIllegalArgumentException().isThrownBy(both::open);
    RocksSpool.Builder adopting = RocksSpool.builder(dir).adopt(true).readOnly(true);
    assertThatIllegalArgumentException().isThrownBy(adopting::open);
  }
}
