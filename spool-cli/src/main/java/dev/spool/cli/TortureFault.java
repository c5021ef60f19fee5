package dev.spool.cli;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** A kind of fault that a torture tries. */
enum TortureFault {
  /** Processes that use it are killed. */
  KILL,
  /** Two processes open it at once. */
  OPEN,
  /** Its files are damaged while it is closed. */
  DAMAGE,
  /** Calls of the file system beneath it fail and are forgotten, and its power fails. */
  MOUNT,
  /** File descriptors and the heap of its process are used up. */
  SHORTAGE;

  /** Returns the one of that name, in upper or lower case. */
  static TortureFault parse(String name) {
    for (TortureFault fault : values()) {
      if (fault.toString().equalsIgnoreCase(name)) {
        return fault;
      }
    }
    String names = Stream.of(values()).map(Object::toString).collect(Collectors.joining(", "));
    throw new TypeConversionException("'" + name + "' is none of " + names);
  }

  /** Returns the name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
