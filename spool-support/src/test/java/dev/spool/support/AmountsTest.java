package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 bytes",
    "1023, 1023 bytes",
    "1024, 1 KiB",
    "1126, 1 KiB",
    "1127, 1.1 KiB",
    "1048575, 1023.9 KiB",
    "1048576, 1 MiB",
    "1288490188, 1.1 GiB",
    "1288490189, 1.2 GiB",
    "4294967295, 3.9 GiB",
    "4294967296, 4 GiB",
    "53687091200, 50 GiB",
    "9223372036854775807, 7.9 EiB"
  })
  void bytesAreWrittenForPeopleAndRoundedDown(long bytes, String expected) {
    assertThat(Amounts.bytes(bytes)).isEqualTo(expected);
  }
}
