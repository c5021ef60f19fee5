package dev.spool.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a class of this command in a JVM of its own, with the paths that this JVM was given. */
final class ChildJvm {
  private static final String HEAP = "-Xmx512m";

  private ChildJvm() {}

  /** Starts it; its standard input and output are pipes, its messages go where {@code log} is. */
  static Process start(Class<?> main, List<String> arguments, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(HEAP);
    Module module = main.getModule();
    if (module.isNamed()) {
      command.add("--enable-native-access=rocksdbjni,com.sun.jna");
      command.add("--add-modules=com.sun.jna");
      command.add("-p");
      command.add(System.getProperty("jdk.module.path"));
      command.add("-m");
      command.add(module.getName() + "/" + main.getName());
    } else {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(main.getName());
    }
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }
}
