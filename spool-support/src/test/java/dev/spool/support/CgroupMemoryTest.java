package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMemoryTest {
  private static final String MIB = "048576"; // after a digit: so many times 10^6 + 48576
  private static final String V1_UNLIMITED = "9223372036854771712";

  @TempDir private Path dir;
  private Path process;
  private Path mount;

  @BeforeEach
  void makeDirectories() throws IOException {
    process = Files.createDirectories(dir.resolve("proc"));
    mount = Files.createDirectories(dir.resolve("sys fs/cgroup"));
  }

  private void process(String cgroup, String mountinfo) throws IOException {
    Files.writeString(process.resolve("cgroup"), cgroup);
    Files.writeString(process.resolve("mountinfo"), mountinfo);
  }

  private String mountOf(String root, String typeAndOptions) {
    String point = mount.toString().replace(" ", "\\040");
    return """
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
        31 22 0:28 %s %s rw,nosuid - %s
        """
        .formatted(root, point, typeAndOptions);
  }

  private void v2(String group, String root) throws IOException {
    process("0::" + group + "\n", mountOf(root, "cgroup2 cgroup2 rw,nsdelegate"));
  }

  private void v1(String group, String root) throws IOException {
    process(
        "9:name=systemd:/x\n4:cpu,memory:" + group + "\n1:cpuset:/y\n0::/\n",
        mountOf(root, "cgroup cgroup rw,cpu,memory"));
  }

  private void group(String path, Map<String, String> files) throws IOException {
    Path group = Files.createDirectories(mount.resolve(path));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(group.resolve(file.getKey()), file.getValue() + "\n");
    }
  }

  private void v2Group(String path, String current, String max, String stat) throws IOException {
    group(path, Map.of("memory.current", current, "memory.max", max, "memory.stat", stat));
  }

  private void v1Group(String path, String usage, String limit, String stat) throws IOException {
    group(
        path,
        Map.of(
            "memory.usage_in_bytes", usage, "memory.limit_in_bytes", limit, "memory.stat", stat));
  }

  private MemoryReading read() throws IOException {
    return CgroupMemory.of(process).read();
  }

  private static MemoryReading used(long used, long limit) {
    return new MemoryReading("control group", used, limit);
  }

  @Test
  void pageCacheDoesNotCountInVersion2() throws IOException {
    v2("/app", "/");
    v2Group(
        "app", "900", "1000", "anon 300\nfile 600\ninactive_file 400\nactive_file 150\nshmem 50");
    assertThat(read()).isEqualTo(used(350, 1000));
  }

  @Test
  void pageCacheDoesNotCountInVersion1NorIsThatOfTheGroupAloneTaken() throws IOException {
    v1("/docker/app", "/");
    v1Group(
        "docker/app",
        "900",
        "1000",
        "inactive_file 1\nactive_file 1\ntotal_inactive_file 400\ntotal_active_file 150");
    assertThat(read()).isEqualTo(used(350, 1000));
  }

  @Test
  void noLimitIsNoReadingInEitherVersion() throws IOException {
    v2("/app", "/");
    v2Group("app", "900", "max", "");
    assertThat(read()).isNull();
    v1("/old", "/");
    v1Group("old", "900", V1_UNLIMITED, "");
    assertThat(read()).isNull();
  }

  @Test
  void theLimitOfAGroupAboveHoldsToo() throws IOException {
    v2("/pod/app", "/");
    v2Group("pod/app", "500", "max", "");
    v2Group("pod", "950", "1000", "");
    assertThat(read()).isEqualTo(used(950, 1000));
  }

  @Test
  void theFullestLevelCounts() throws IOException {
    v1("/pod/app", "/");
    v1Group("pod/app", "90", "100", "");
    v1Group("pod", "500", "1000", "");
    v1Group("", "800", "10000", "");
    assertThat(read()).isEqualTo(used(90, 100));
  }

  @Test
  void insideAContainerTheOwnGroupIsWhatIsMounted() throws IOException {
    v1("/docker/0123", "/docker/0123");
    v1Group("", "700", "1000", "");
    assertThat(read()).isEqualTo(used(700, 1000));
  }

  @Test
  void belowTheMountedGroupThePathGoesOn() throws IOException {
    v2("/docker/0123/app", "/docker/0123");
    v2Group("app", "700", "1000", "");
    assertThat(read()).isEqualTo(used(700, 1000));
  }

  @Test
  void aGroupThatCannotBeSeenIsTheMountedOne() throws IOException {
    v2("/../../other", "/");
    v2Group("", "700", "1000", "");
    assertThat(read()).isEqualTo(used(700, 1000));
    v2("/gone", "/");
    assertThat(read()).isEqualTo(used(700, 1000));
  }

  @Test
  void withBothVersionsMountedTheOneThatLimitsMemoryCounts() throws IOException {
    Path unified = Files.createDirectories(dir.resolve("unified"));
    v1("/app", "/");
    Files.writeString(
        process.resolve("mountinfo"),
        Files.readString(process.resolve("mountinfo"))
            + "40 22 0:38 / "
            + unified
            + " rw - cgroup2 cgroup2 rw\n");
    v1Group("app", "300", "1000", "");
    assertThat(read()).isEqualTo(used(300, 1000));
  }

  @Test
  void figuresAreReadAnewEachTime() throws IOException {
    v2("/app", "/");
    v2Group("app", "1" + MIB, "max", "");
    CgroupMemory memory = CgroupMemory.of(process);
    assertThat(memory.read()).isNull();
    v2Group("app", "1" + MIB, "2" + MIB, "inactive_file 48576");
    assertThat(memory.read()).isEqualTo(used(1_000_000, 2_048_576));
  }

  @Test
  void withoutGroupsThereIsNoReading() throws IOException {
    assertThat(read()).isNull();
    process("", "22 1 8:1 / / rw - ext4 /dev/root rw\nnonsense\n");
    assertThat(read()).isNull();
  }

  @Test
  void nonsenseIsAFailureAndNotARoomyGroup() throws IOException {
    v2("/app", "/");
    v2Group("app", "many", "1000", "");
    assertThatExceptionOfType(IOException.class).isThrownBy(this::read);
  }

  /** Prints what is read of its own group, before and after filling the page cache. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      System.out.println(Objects.requireNonNull(CgroupMemory.ofThisProcess().read()).limit());
      byte[] held = new byte[40 << 20];
      java.util.Arrays.fill(held, (byte) 1);
      System.out.println(CgroupMemory.ofThisProcess().read().used());
      Path file = Path.of(args[0]);
      Files.write(file, held);
      System.out.println(CgroupMemory.ofThisProcess().read().used() + held[0] - 1);
    }
  }

  @Test
  void aRealGroupIsReadByAProcessWithinIt() throws Exception {
    Path group = RealCgroup.make();
    Required.granted(group != null, "a control group with a memory limit cannot be made here");
    try {
      long limit = 256L << 20;
      RealCgroup.limit(group, limit);
      try (ChildJvm child =
          ChildJvm.start(
              "echo $$ > '" + group.resolve("cgroup.procs") + "'; ",
              element -> true,
              Child.class,
              dir.resolve("filler").toString())) {
        assertThat(child.line()).isEqualTo(Long.toString(limit));
        long used = Long.parseLong(child.line());
        assertThat(used).isBetween(40L << 20, limit);
        long afterWriting = Long.parseLong(child.line());
        assertThat(afterWriting - used).as("40 MiB of page cache").isLessThan(20L << 20);
      }
    } finally {
      Files.delete(group);
    }
  }
}
