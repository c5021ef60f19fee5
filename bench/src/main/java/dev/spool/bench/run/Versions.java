package dev.spool.bench.run;

import java.io.File;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The versions of the engines, as the names of the libraries on the class path tell them. */
final class Versions {
  /** A part of the engine's name, and the library that it is. */
  private static final Map<String, String> LIBRARIES = new LinkedHashMap<>();

  static {
    LIBRARIES.put("spool-file", "spool-filesystem");
    LIBRARIES.put("spool-journal", "spool-journal");
    LIBRARIES.put("rocks", "rocksdbjni");
    LIBRARIES.put("artemis", "artemis-journal");
    LIBRARIES.put("mvstore", "h2-mvstore");
    LIBRARIES.put("lmdb", "lmdbjava");
    LIBRARIES.put("sqlite", "sqlite-jdbc");
    LIBRARIES.put("berkeley", "je");
    LIBRARIES.put("je", "je");
    LIBRARIES.put("chronicle", "chronicle-queue");
  }

  private Versions() {}

  /** The library and its version; what is made of nothing else has that of the JVM. */
  static String of(String engine) {
    for (Map.Entry<String, String> library : LIBRARIES.entrySet()) {
      if (engine.contains(library.getKey())) {
        return inClassPath(library.getValue());
      }
    }
    return "java " + Runtime.version().feature();
  }

  private static String inClassPath(String library) {
    Pattern name = Pattern.compile(Pattern.quote(library) + "-(\\d.*)\\.jar");
    for (String entry :
        System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
      Path file = Path.of(entry).getFileName();
      if (file != null && name.matcher(file.toString()).matches()) {
        return library + " " + name.matcher(file.toString()).replaceFirst("$1");
      }
    }
    return library + ", as built";
  }
}
