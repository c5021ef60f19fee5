package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.support.SpaceGuard.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpaceGuardTest {
  private static final long GIB = 1L << 30;

  private static SpaceGuard guard(String minFreeSpace, String minFreeInodes) {
    return new SpaceGuard(SpaceThreshold.parse(minFreeSpace), SpaceThreshold.parse(minFreeInodes));
  }

  private static Level level(SpaceGuard guard, long usableBytes, long freeInodes) {
    return guard.judge(new DiskSpace(10_000, usableBytes, 10_000, freeInodes)).level();
  }

  @ParameterizedTest
  @CsvSource({"0, LOW", "999, LOW", "1000, BETWEEN", "1199, BETWEEN", "1200, OK", "10000, OK"})
  void roomIsLowBelowTheThresholdAndGoodFromTheHigherMark(long free, Level expected) {
    assertThat(level(guard("10%", "0"), free, 0)).isEqualTo(expected);
    assertThat(level(guard("1000", "0"), free, 0)).isEqualTo(expected);
    assertThat(level(guard("0", "10%"), 0, free)).isEqualTo(expected);
    assertThat(level(guard("0", "1000"), 0, free)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "999, 999, LOW",
    "999, 5000, LOW",
    "5000, 999, LOW",
    "999, 1100, LOW",
    "1100, 999, LOW",
    "1100, 1100, BETWEEN",
    "1100, 5000, BETWEEN",
    "5000, 1100, BETWEEN",
    "5000, 5000, OK"
  })
  void theWorseOfBytesAndInodesCounts(long bytes, long inodes, Level expected) {
    assertThat(level(guard("1000", "1000"), bytes, inodes)).isEqualTo(expected);
  }

  @Test
  void zeroSwitchesAThresholdOff() {
    assertThat(level(guard("0", "0"), 0, 0)).isEqualTo(Level.OK);
    assertThat(level(guard("0", "10%"), 0, 5000)).isEqualTo(Level.OK);
    assertThat(level(guard("10%", "0"), 5000, 0)).isEqualTo(Level.OK);
  }

  @Test
  void aFileSystemWithoutInodesHasNoLimitOfThem() {
    assertThat(guard("0", "10%").judge(new DiskSpace(10_000, 0, 0, 0)).level()).isEqualTo(Level.OK);
    assertThat(guard("0", "1000").judge(new DiskSpace(10_000, 0, 0, 0)).level())
        .isEqualTo(Level.OK);
  }

  @Test
  void aMarkBeyondTheFileSystemIsBroughtWithinReach() {
    SpaceGuard guard = guard("95%", "0");
    assertThat(level(guard, 9_499, 0)).isEqualTo(Level.LOW);
    assertThat(level(guard, 9_500, 0)).isEqualTo(Level.BETWEEN);
    assertThat(level(guard, 9_750, 0)).isEqualTo(Level.OK);
  }

  @Test
  void aThresholdBeyondTheFileSystemIsNeverReached() {
    assertThat(level(guard("1T", "0"), 10_000, 0)).isEqualTo(Level.LOW);
    assertThat(level(guard("9223372036854775807", "0"), 10_000, 0)).isEqualTo(Level.LOW);
  }

  @Test
  void theDefaultsSuitALargeAndASmallFileSystem() {
    SpaceGuard guard = SpaceGuard.defaults();
    assertThat(guard.judge(new DiskSpace(1000 * GIB, 4 * GIB - 1, 0, 0)).level())
        .isEqualTo(Level.LOW);
    assertThat(guard.judge(new DiskSpace(1000 * GIB, 5 * GIB, 0, 0)).level()).isEqualTo(Level.OK);
    assertThat(guard.judge(new DiskSpace(10 * GIB, GIB - 1, 0, 0)).level()).isEqualTo(Level.LOW);
    assertThat(guard.judge(new DiskSpace(10 * GIB, 2 * GIB, 0, 0)).level()).isEqualTo(Level.OK);
    assertThat(guard.judge(new DiskSpace(10 * GIB, 5 * GIB, 1000, 99)).level())
        .isEqualTo(Level.LOW);
  }

  @Test
  void theTextHasTheFiguresAndTheSettingOfWhatIsLow() {
    DiskSpace space = new DiskSpace(50 * GIB, GIB + GIB / 4, 1_000_000, 99_999);
    assertThat(SpaceGuard.defaults().judge(space).text())
        .isEqualTo(
            "1.2 GiB free of 50 GiB, below minFreeSpace=4 GiB;"
                + " 99999 inodes free of 1000000 inodes, below minFreeInodes=10% (100000 inodes)");
    assertThat(guard("4GiB", "0").judge(space).text())
        .isEqualTo("1.2 GiB free of 50 GiB, below minFreeSpace=4 GiB");
    assertThat(guard("10%", "0").judge(space).text())
        .isEqualTo("1.2 GiB free of 50 GiB, below minFreeSpace=10% (5 GiB)");
    assertThat(guard("0", "200000").judge(space).text())
        .isEqualTo("99999 inodes free of 1000000 inodes, below minFreeInodes=200000 inodes");
  }

  @Test
  void theTextOfWhatIsNotLowHasTheFigures() {
    assertThat(SpaceGuard.defaults().judge(new DiskSpace(50 * GIB, 20 * GIB, 0, 0)).text())
        .isEqualTo("20 GiB free of 50 GiB");
  }
}
