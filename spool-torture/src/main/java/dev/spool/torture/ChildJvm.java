package dev.spool.torture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts a class in a JVM of its own, with the paths that this JVM was given. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * Starts it; its standard input and output are pipes.
   *
   * @param main the class
   * @param options of the JVM
   * @param arguments of the class
   * @param log the file that its standard error is appended to
   */
  public static Process start(Class<?> main, List<String> options, List<String> arguments, Path log)
      throws IOException {
    return start(main, options, arguments, Map.of(), log);
  }

  /**
   * Starts it, with these variables in its environment beside those of this process; its standard
   * input and output are pipes.
   *
   * @param main the class
   * @param options of the JVM
   * @param arguments of the class
   * @param environment variables and their values
   * @param log the file that its standard error is appended to
   */
  public static Process start(
      Class<?> main,
      List<String> options,
      List<String> arguments,
      Map<String, String> environment,
      Path log)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command(main, options, arguments))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  /**
   * Returns the command that starts it.
   *
   * @param main the class
   * @param options of the JVM
   * @param arguments of the class
   */
  public static List<String> command(Class<?> main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    Module module = main.getModule();
    if (module.isNamed()) {
      command.add("--enable-native-access=rocksdbjni,com.sun.jna");
      if (ModuleLayer.boot().findModule("com.sun.jna").isPresent()) { // optional, as here
        command.add("--add-modules=com.sun.jna");
      }
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
    return command;
  }
}
