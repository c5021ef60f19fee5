package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which file system it is, by what the kernel says. */
class MountFactsTest {
  private static final String XFS =
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - xfs /dev/sdb1 rw,attr2,inode64";

  @Test
  void aLineIsRead() {
    assertThat(MountFacts.parse(XFS))
        .isEqualTo(new MountFacts("98:0", "xfs", List.of("rw", "attr2", "inode64")));
    assertThat(MountFacts.parse("22 1 253:0 / / rw - ext4 /dev/root rw,errors=remount-ro"))
        .isEqualTo(new MountFacts("253:0", "ext4", List.of("rw", "errors=remount-ro")));
  }

  @Test
  void whatIsNoLineIsNone() {
    assertThat(MountFacts.parse("")).isNull();
    assertThat(MountFacts.parse("36 35 98:0 /mnt1 /mnt2 rw")).isNull();
    assertThat(MountFacts.parse("36 35 98:0 /mnt1 /mnt2 rw,noatime - xfs /dev/sdb1")).isNull();
  }

  @Test
  void deviceNumbersAreTakenApart() {
    assertThat(MountFacts.device(0xfd00)).isEqualTo("253:0");
    assertThat(MountFacts.device(0x801)).isEqualTo("8:1");
    assertThat(MountFacts.device(0x100103ffL)).isEqualTo("259:65791");
  }

  @Test
  void xfsIsForcedByOneCallUnlessAPartOfItIsElsewhere() throws IOException {
    assertThat(facts("xfs", "rw").forcesAllByOneCall()).isTrue();
    assertThat(facts("xfs", "rw", "rtdev=/dev/sdc").forcesAllByOneCall()).isFalse();
  }

  @Test
  void othersAreNot() throws IOException {
    for (String type : new String[] {"ext2", "ext3", "btrfs", "overlay", "tmpfs", "fuse.sshfs"}) {
      assertThat(facts(type, "rw").forcesAllByOneCall()).as(type).isFalse();
    }
  }

  private static MountFacts facts(String type, String... options) {
    return new MountFacts("1:2", type, List.of(options));
  }
}
