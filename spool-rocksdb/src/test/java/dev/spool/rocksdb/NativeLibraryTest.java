package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {

  @Test
  void processesUnpackAtTheSameTime(@TempDir Path dir) throws Exception {
    List<Process> children = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      children.add(child(dir));
    }
    for (Process child : children) {
      String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(child.waitFor()).as(said).isZero();
      assertThat(said).contains("LOADED");
    }
    assertThat(files(dir)).singleElement().asString().endsWith(".so");
  }

  @Test
  void unpackedFileIsUsedAgainAndADamagedOneIsReplaced(@TempDir Path dir) throws IOException {
    NativeLibrary.unpack(dir);
    Path library = files(dir).get(0);
    var modified = Files.getLastModifiedTime(library);
    NativeLibrary.unpack(dir);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(modified);
    byte[] whole = Files.readAllBytes(library);
    Files.write(library, new byte[100]);
    NativeLibrary.unpack(dir);
    assertThat(Files.readAllBytes(library)).isEqualTo(whole);
  }

  @Test
  void directoryThatOthersCanWriteToIsRefused(@TempDir Path dir) throws IOException {
    Path open = Files.createDirectory(dir.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> NativeLibrary.unpack(open))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("others can write");
    assertThat(files(open)).isEmpty();
  }

  private static List<Path> files(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static Process child(Path dir) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            dir.toString())
        .redirectErrorStream(true)
        .start();
  }

  /** Loads the library, and opens a spool with it. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      Path dir = Path.of(args[0]);
      NativeLibrary.load(dir);
      System.out.println("LOADED");
    }
  }

  @Test
  void alpineWithoutTheLibraryOfCppIsToldToInstallIt() {
    String said =
        "/tmp/x/librocksdbjni-linux64-musl.so: Error loading shared library libstdc++.so.6: No such"
            + " file or directory";
    assertThat(NativeLibrary.remedy(said)).contains("apk add libstdc++");
    assertThat(NativeLibrary.remedy("/tmp/x: Operation not permitted"))
        .contains("nativeLibraryDirectory");
  }
}
