package dev.spool.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One JSON object, built field by field, and printed on a line of its own. */
final class Json {
  private final Map<String, Object> fields = new LinkedHashMap<>();

  /** Adds a field, unless the value is null. */
  Json put(String name, @Nullable Object value) {
    if (value != null) {
      fields.put(name, value instanceof Json nested ? nested.fields : value);
    }
    return this;
  }

  /** Returns the fields, to be put into a list. */
  Map<String, Object> fields() {
    return fields;
  }

  void print(PrintStream out) {
    out.println(this);
  }

  @Override
  public String toString() {
    try {
      return JSON.std.asString(fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // writes to memory
    }
  }
}
