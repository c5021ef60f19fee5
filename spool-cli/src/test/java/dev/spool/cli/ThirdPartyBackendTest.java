package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A backend that somebody else has written and compiled, in a jar that only {@code
 * SPOOL_MODULE_PATH} names, is used by the launcher's commands, and by the processes that they
 * start.
 */
@Tag("same-on-any-jdk")
class ThirdPartyBackendTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Where the backend lies that passes the contracts of the testkit. */
  private static final String FOLDER_SPOOL = "spool-testkit/src/test/java/org/example/folderspool";

  @TempDir static Path built;
  @TempDir Path temporary;

  private record Run(int status, String said) {}

  @BeforeAll
  static void build() throws IOException, URISyntaxException {
    compile(built.resolve("classes"));
    Path jars = Files.createDirectory(built.resolve("jars"));
    pack(built.resolve("classes"), jars.resolve("plain-spool-1.0.jar"));
    launcher(built.resolve("tree"));
    compileModule(built.resolve("module"));
    pack(built.resolve("module"), jars.resolve("folder-spool-1.0.jar"));
  }

  /** Compiles the backend's sources. */
  private static void compile(Path classes) throws IOException, URISyntaxException {
    Path sources =
        Path.of(
            Objects.requireNonNull(ThirdPartyBackendTest.class.getResource("/third-party"))
                .toURI());
    compile(files(sources), classes, "-cp", System.getProperty("java.class.path"));
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("dev.spool.SpoolProvider"), "org.example.plain.PlainProvider\n");
  }

  /**
   * The backend that passes the contracts of the testkit, and its tests: as a module of their own,
   * they see what the modules of this project export, and nothing else.
   */
  private static void compileModule(Path classes) throws IOException {
    Path own = Files.createDirectories(built.resolve("source"));
    Path module =
        Files.writeString(
            own.resolve("module-info.java"),
            """
            module org.example.folderspool {
              requires dev.spool.support;
              requires static dev.spool.testkit;
              requires static org.jspecify;
              provides dev.spool.SpoolProvider with org.example.folderspool.FolderProvider;
            }
            """);
    List<Path> sources = new ArrayList<>(files(ROOT.resolve(FOLDER_SPOOL)));
    sources.add(module);
    sources.add(
        Files.writeString(
            own.resolve("Openings.java"),
            """
            package org.example.folderspool;

            public final class Openings {
              public static void main(String[] args) throws java.io.IOException {
                dev.spool.testkit.OpeningContract openings = FolderFixture::new;
                openings.oneOfTwoProcessesGetsItAndIsNotDisturbed(java.nio.file.Path.of(args[0]));
              }
            }
            """));
    compile(sources, classes, "-p", built.resolve("tree/spool-cli/target/launcher/lib").toString());
  }

  private static void compile(List<Path> sources, Path classes, String... paths) {
    List<String> arguments = new ArrayList<>(List.of("--release", "17", "-proc:none"));
    arguments.addAll(List.of(paths));
    arguments.addAll(List.of("-d", classes.toString()));
    sources.forEach(source -> arguments.add(source.toString()));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Path file : files(classes)) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        entries.write(Files.readAllBytes(file));
      }
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }

  /**
   * A source tree that is built already: the launcher, and the modules that this test runs with.
   */
  private static void launcher(Path tree) throws IOException {
    Path target = tree.resolve("spool-cli/target/launcher");
    Path lib = Files.createDirectories(target.resolve("lib"));
    for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(element);
      String name = String.valueOf(path.getFileName());
      if (name.equals("classes")) {
        pack(path, lib.resolve(ROOT.relativize(path).getName(0) + "-0.jar"));
      } else if (name.endsWith(".jar") && !name.contains("mime4j")) {
        Files.createSymbolicLink(lib.resolve(name), path);
      }
    }
    Files.copy(ROOT.resolve("spool"), tree.resolve("spool"));
    Files.createFile(target.resolve("stamp"));
  }

  private Run spool(Object... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", built.resolve("tree/spool").toString()));
    Stream.of(words).map(Object::toString).forEach(command::add);
    Path said = Files.createTempFile(temporary, "said", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPOOL_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    builder.environment().put("SPOOL_MODULE_PATH", built.resolve("jars").toString());
    int status = builder.start().waitFor();
    return new Run(status, Files.readString(said));
  }

  @Test
  void itsMessagesAreStoredAndLookedAt() throws IOException, InterruptedException {
    Path message = Files.writeString(temporary.resolve("message"), "from elsewhere");
    String uri = "plain:" + temporary.resolve("spool");

    Run put = spool("put", uri, message);
    assertThat(put.status()).as(put::said).isZero();
    Run cat = spool("cat", uri, put.said().strip());
    assertThat(cat.said()).isEqualTo("from elsewhere");
  }

  /** It survives kills; and it has no checksums, which damage shows. */
  @ParameterizedTest
  @CsvSource({"kill, 0, GOOD", "damage, 1, wrong bytes", "shortage, 4, it has no setting"})
  void itIsTortured(String faults, int status, String said)
      throws IOException, InterruptedException {
    String uri = "plain:" + temporary.resolve("spool");
    Run torture = spool("torture", uri, "--faults", faults, "--rounds", "2");
    assertThat(torture.status()).as(torture::said).isEqualTo(status);
    assertThat(torture.said()).contains(said);
  }

  /** A module without a file in META-INF, which has locks, checksums, and the settings. */
  @Test
  void moduleIsTortured() throws IOException, InterruptedException {
    String uri = "folder:" + temporary.resolve("spool");
    Run torture = spool("torture", uri, "--faults", "open,damage,shortage", "--rounds", "2");
    assertThat(torture.status()).as(torture::said).isZero();
    assertThat(torture.said()).contains("GOOD");
  }

  /** Without JNA, which is optional: the processes that a contract starts have this module path. */
  @Test
  void contractIsTriedOnTheModulePath() throws IOException, InterruptedException {
    List<String> path = new ArrayList<>(List.of(built.resolve("jars").toString()));
    for (Path jar : jarsOfTheLauncher()) {
      if (!String.valueOf(jar.getFileName()).contains("jna")) {
        path.add(jar.toString());
      }
    }
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dspool.rounds=2",
            "-p",
            String.join(File.pathSeparator, path),
            "--add-modules",
            "dev.spool.testkit",
            "-m",
            "org.example.folderspool/org.example.folderspool.Openings",
            temporary.toString());
    Path said = temporary.resolve("said.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertThat(process.waitFor()).as(() -> read(said)).isZero();
    assertThat(said).content().contains("2 times two processes opened at once");
  }

  private static List<Path> jarsOfTheLauncher() throws IOException {
    try (Stream<Path> jars = Files.list(built.resolve("tree/spool-cli/target/launcher/lib"))) {
      return jars.toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
