package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceThresholdTest {
  private static final long GIB = 1L << 30;

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0%, 0",
    "0GiB, 0",
    "1, 1",
    "1000, 1000",
    "17B, 17",
    "1K, 1024",
    "1KB, 1024",
    "1kib, 1024",
    "512MiB, 536870912",
    "512 MiB, 536870912",
    "4GiB, 4294967296",
    "4g, 4294967296",
    "1.5G, 1610612736",
    "1TiB, 1099511627776",
    "' 4GiB ', 4294967296",
    "9223372036854775807, 9223372036854775807",
    "10%, 100000",
    "12.5%, 125000",
    "12.5 %, 125000",
    "100%, 1000000"
  })
  void valuesOfTheSettingAreRead(String text, long expectedOfAMillion) {
    assertThat(SpaceThreshold.parse(text).of(1_000_000)).isEqualTo(expectedOfAMillion);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-1",
        "-1%",
        "101%",
        "100.1%",
        "GiB",
        "4XB",
        "4GiBB",
        "1e9",
        "10%%",
        "four",
        "0x10",
        "9223372036854775808",
        "9999999T",
        "1,5G",
        "NaN",
        "4 GiB free"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> SpaceThreshold.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void amountsAndSharesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> SpaceThreshold.amount(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SpaceThreshold.percent(BigDecimal.valueOf(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SpaceThreshold.percent(BigDecimal.valueOf(101)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void byDefaultTheSmallerOfTenPercentAndFourGibibytesStaysFree() {
    assertThat(SpaceThreshold.defaultSpace().of(20 * GIB)).isEqualTo(2 * GIB);
    assertThat(SpaceThreshold.defaultSpace().of(40 * GIB)).isEqualTo(4 * GIB);
    assertThat(SpaceThreshold.defaultSpace().of(50 * GIB)).isEqualTo(4 * GIB);
    assertThat(SpaceThreshold.defaultSpace().of(Long.MAX_VALUE)).isEqualTo(4 * GIB);
    assertThat(SpaceThreshold.defaultSpace().of(0)).isZero();
  }

  @Test
  void byDefaultTenPercentOfTheInodesStayFree() {
    assertThat(SpaceThreshold.defaultInodes().of(1_000_000)).isEqualTo(100_000);
    assertThat(SpaceThreshold.defaultInodes().of(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE / 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1000", "10%", "12.5%", "100%"})
  void whatIsWrittenIsReadAgain(String text) {
    assertThat(SpaceThreshold.parse(text)).hasToString(text);
  }
}
