package dev.spool;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a scan finds: a message, a message's name and length, or something that is damaged. */
public sealed interface SpoolEntry {

  /**
   * A message, with the bytes that were stored. The array is the receiver's own.
   *
   * @param id the message's name
   * @param data the message
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // the payload is handed over, not copied; equality is by content
  record Item(SpoolId id, byte[] data) implements SpoolEntry {
    /** Checks for nulls. */
    public Item {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(data, "data");
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Item that && id.equals(that.id) && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
      return id.hashCode();
    }

    /** Names the message and its length; never its bytes. */
    @Override
    public String toString() {
      return "Item[id=" + id + ", length=" + data.length + "]";
    }
  }

  /**
   * A message of which the payload was not read.
   *
   * @param id the message's name
   * @param length the message's length in bytes
   */
  record Listed(SpoolId id, long length) implements SpoolEntry {
    /** Checks for nulls. */
    public Listed {
      Objects.requireNonNull(id, "id");
    }
  }

  /**
   * An entry that is there and is not whole, or that no store has written. It stays where it is
   * until {@link Spool#quarantine} moves it.
   *
   * @param id the message's name, or null if it cannot be told
   * @param location where the entry lies, in the backend's terms: a path, a key, a segment and an
   *     offset
   * @param error what is wrong with it
   */
  record Corrupt(@Nullable SpoolId id, String location, String error) implements SpoolEntry {
    /** Checks for nulls. */
    public Corrupt {
      Objects.requireNonNull(location, "location");
      Objects.requireNonNull(error, "error");
    }
  }
}
