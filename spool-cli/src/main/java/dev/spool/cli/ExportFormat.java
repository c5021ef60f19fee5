package dev.spool.cli;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** What an export writes. */
enum ExportFormat {
  /** A file a message. */
  FILES,
  /** One file, in the variant mboxrd. */
  MBOX,
  /** A directory with {@code tmp}, {@code new} and {@code cur}. */
  MAILDIR;

  /** Returns the format of that name, in upper or lower case. */
  static ExportFormat parse(String name) {
    for (ExportFormat format : values()) {
      if (format.toString().equalsIgnoreCase(name)) {
        return format;
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
