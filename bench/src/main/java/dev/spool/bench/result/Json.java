package dev.spool.bench.result;

import java.util.Map;

/** What a file of results must have. */
final class Json {
  private Json() {}

  static Object field(Map<String, Object> fields, String name) {
    Object value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("these are no results: there is no field " + name);
    }
    return value;
  }

  @SuppressWarnings("unchecked") // the names of a JSON object are strings
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }
}
