package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingValuesTest {

  @ParameterizedTest
  @CsvSource({"0,0", "1000,1000", "64KiB,65536", "64K,65536", "128MiB,134217728", "1GB,1073741824"})
  void sizesAreBytesOrPowersOf1024(String text, long bytes) {
    assertThat(SettingValues.size(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5MiB", "x", "9999999999999TiB", "12 MiB"})
  void otherSizesAreRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> SettingValues.size(text));
  }

  @Test
  void durationsHaveAUnit() {
    assertThat(SettingValues.duration("0")).isEqualTo(Duration.ZERO);
    assertThat(SettingValues.duration("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(SettingValues.duration("30s")).isEqualTo(Duration.ofSeconds(30));
    assertThat(SettingValues.duration("5min")).isEqualTo(Duration.ofMinutes(5));
    assertThat(SettingValues.duration("1h")).isEqualTo(Duration.ofHours(1));
    assertThat(SettingValues.duration("7d")).isEqualTo(Duration.ofDays(7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "-1s", "5m", "PT5S", "999999999999999d"})
  void otherDurationsAreRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> SettingValues.duration(text));
  }

  @Test
  void directoriesAreNamedByUri() {
    assertThat(SpoolPaths.of(URI.create("file:/var/a%20b"))).isEqualTo(Path.of("/var/a b"));
    assertThat(SpoolPaths.of(URI.create("file:///var/a"))).isEqualTo(Path.of("/var/a"));
    assertThat(SpoolPaths.of(URI.create("file:a/b"))).isEqualTo(Path.of("a/b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpoolPaths.of(URI.create("file://host/a")));
    assertThat(SpoolPaths.name(Path.of("/var/a/"))).isEqualTo("a");
  }
}
