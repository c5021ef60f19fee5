package dev.spool.rocksdb;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.ScanCall;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * One scan, in the order of the keys. It reads a piece of bounded size, gives up iterator and
 * lease, and only then hands the piece over, which may block for as long as a consumer likes; the
 * next piece begins behind the last key. So each entry that is present throughout is seen once, and
 * nothing of the engine is held meanwhile.
 *
 * <p>Where a block cannot be read, the scan looks for the next key behind it, reports the keys
 * between as one damaged entry, since nobody knows how many they are, and goes on. At its end it
 * fails, for it has not seen everything.
 *
 * <p>Belongs to the scan's thread.
 */
final class RocksScan {
  private static final int PIECE_ENTRIES = 512;
  private static final long PIECE_BYTES = 1L << 20;

  /** With those that the scan skips: it is not to hold a lease for long because it skips many. */
  private static final int PIECE_SEEN = 16 * PIECE_ENTRIES;

  private static final int KEY_LENGTH = 16;
  private static final int HEX_SHOWN = 32;
  private static final BigInteger KEYS = BigInteger.ONE.shiftLeft(8 * KEY_LENGTH);

  /** How many damaged places are looked for a way around, before the scan gives up. */
  private static final int MAX_DAMAGE = 1000;

  /** Is told what could not be read. */
  interface Failures {
    void failed(FailedReads.KeyRange range, String tried, RocksDBException failure);
  }

  /** An entry as it was read. */
  private static final class Entry {
    final byte[] key;

    /** Null if the key is none. */
    final @Nullable SpoolId id;

    /** Null if it was not wanted. */
    final byte @Nullable [] data;

    final long length;

    Entry(byte[] key, @Nullable SpoolId id, byte @Nullable [] data, long length) {
      this.key = key;
      this.id = id;
      this.data = data;
      this.length = length;
    }
  }

  private final Path database;
  private final DbSlot slot;
  private final ReadOptions options;
  private final ScanCall scan;
  private final Failures failures;
  private final Consumer<String> foreign;
  private final List<String> damage = new ArrayList<>();
  private @Nullable RocksDBException firstFailure;

  /** Where the next piece begins: at this key; null for the first one. */
  private byte @Nullable [] next;

  private boolean ended;

  /** Made for one scan; {@code foreign} is told each key that is no id. */
  RocksScan(
      Path database,
      DbSlot slot,
      ReadOptions options,
      ScanCall scan,
      Failures failures,
      Consumer<String> foreign) {
    this.database = database;
    this.slot = slot;
    this.options = options;
    this.scan = scan;
    this.failures = failures;
    this.foreign = foreign;
  }

  void run() {
    while (!ended) {
      scan.checkCancelled();
      List<Entry> piece = new ArrayList<>();
      RocksDBException failure = null;
      try (DbLease lease = slot.lease()) {
        read(lease, piece);
      } catch (RocksDBException e) {
        failure = e;
      }
      piece.forEach(this::handOver);
      if (failure != null) {
        goAround(failure);
      }
    }
    if (!damage.isEmpty()) {
      throw new SpoolIOException(
          "the scan of "
              + database
              + " is incomplete; unreadable are the keys "
              + String.join(", ", damage.subList(0, Math.min(damage.size(), 10)))
              + (damage.size() > 10 ? " and more" : "")
              + ": "
              + (firstFailure == null ? "" : RocksFailures.describe(firstFailure)),
          firstFailure);
    }
  }

  /** Positions an iterator at a key, or the first one behind it; null for the first of all. */
  static void seek(RocksIterator iterator, byte @Nullable [] key) {
    if (key == null) {
      iterator.seekToFirst();
    } else {
      iterator.seek(key);
    }
  }

  private void read(DbLease lease, List<Entry> piece) throws RocksDBException {
    long bytes = 0;
    int seen = 0;
    try (RocksIterator iterator = lease.db().newIterator(options)) {
      seek(iterator, next);
      while (iterator.isValid()) {
        byte[] key = iterator.key();
        if (piece.size() >= PIECE_ENTRIES || bytes >= PIECE_BYTES || seen++ >= PIECE_SEEN) {
          next = key;
          return;
        }
        Entry entry = entry(key, iterator);
        if (entry != null) {
          piece.add(entry);
          bytes +=
              key.length + (entry.data == null ? 0 : entry.length); // a foreign key may be long
        }
        next = successor(key);
        iterator.next();
      }
      iterator.status();
      ended = true;
    }
  }

  private @Nullable Entry entry(byte[] key, RocksIterator iterator) {
    SpoolId id = idOf(key);
    if (id == null) {
      return new Entry(key, null, null, 0);
    }
    if (scan.skips(id)) {
      return null;
    }
    if (scan.payloads()) {
      byte[] data = iterator.value();
      return new Entry(key, id, data, data.length);
    }
    // Copies one byte at most, and returns the length of all.
    return new Entry(key, id, null, iterator.value(new byte[1]));
  }

  static @Nullable SpoolId idOf(byte[] key) {
    if (key.length != KEY_LENGTH) {
      return null;
    }
    try {
      return SpoolId.fromBytes(key);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void handOver(Entry entry) {
    SpoolId id = entry.id;
    if (id == null) {
      String location = "key " + shown(entry.key) + " in " + database;
      String error =
          entry.key.length == KEY_LENGTH
              ? "the key is no id: it is no UUID of version 1 or 7"
              : "the key is no id: it has " + entry.key.length + " bytes";
      foreign.accept(location + ": " + error);
      scan.corrupt(null, location, error);
    } else if (entry.data != null) {
      scan.item(id, entry.data);
    } else {
      scan.listed(id, entry.length);
    }
  }

  /** Returns the key behind {@code key}: the same and a zero byte. */
  private static byte[] successor(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  private void goAround(RocksDBException failure) {
    byte[] from = next;
    if (!RocksFailures.isCorruption(failure) || damage.size() >= MAX_DAMAGE) {
      throw giveUp(FailedReads.KeyRange.at(from), failure);
    }
    byte[] to = behindDamage(from);
    String range = shown(from) + " to " + (to == null ? "the end" : "before " + shown(to));
    FailedReads.KeyRange keys = new FailedReads.KeyRange(from, to);
    failures.failed(keys, "scanning " + database + ", keys " + range, failure);
    damage.add(range);
    if (firstFailure == null) {
      firstFailure = failure;
    }
    scan.corrupt(null, "keys " + range + " in " + database, RocksFailures.describe(failure));
    if (to == null) {
      ended = true;
    } else {
      next = to;
    }
  }

  private SpoolException giveUp(FailedReads.KeyRange range, RocksDBException failure) {
    String tried = "scanning " + database + ", keys from " + shown(range.from) + " on";
    failures.failed(range, tried, failure);
    return RocksFailures.typed(tried, Outcome.NOT_APPLIED, failure);
  }

  /**
   * Returns the first key at which reading works again; null if there is none. Whether seeking a
   * key works depends on the block that the key falls into: so it fails up to the end of the
   * damaged one. Looks in steps that double, and then between the last two.
   */
  private byte @Nullable [] behindDamage(byte @Nullable [] from) {
    BigInteger bad = from == null ? BigInteger.ZERO : number(from);
    BigInteger step = BigInteger.ONE;
    BigInteger good = bad.add(step);
    while (good.compareTo(KEYS) < 0 && !canSeek(good)) {
      bad = good;
      step = step.shiftLeft(1);
      good = bad.add(step);
    }
    if (good.compareTo(KEYS) >= 0) {
      good = KEYS.subtract(BigInteger.ONE);
      if (bad.compareTo(good) >= 0 || !canSeek(good)) {
        return null;
      }
    }
    while (good.subtract(bad).compareTo(BigInteger.ONE) > 0) {
      scan.checkCancelled();
      BigInteger middle = bad.add(good).shiftRight(1);
      if (canSeek(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return key(good);
  }

  private boolean canSeek(BigInteger key) {
    try (DbLease lease = slot.lease();
        RocksIterator iterator = lease.db().newIterator(options)) {
      iterator.seek(key(key));
      iterator.status();
      return true;
    } catch (RocksDBException e) {
      if (RocksFailures.isCorruption(e)) {
        return false;
      }
      throw giveUp(FailedReads.KeyRange.at(key(key)), e);
    }
  }

  private static BigInteger number(byte[] key) {
    return new BigInteger(1, Arrays.copyOf(key, KEY_LENGTH));
  }

  private static byte[] key(BigInteger number) {
    byte[] key = new byte[KEY_LENGTH];
    byte[] digits = number.toByteArray();
    int length = Math.min(digits.length, KEY_LENGTH);
    System.arraycopy(digits, digits.length - length, key, KEY_LENGTH - length, length);
    return key;
  }

  private static String shown(byte @Nullable [] key) {
    if (key == null) {
      return "the start";
    }
    String hex = HexFormat.of().formatHex(key, 0, Math.min(key.length, HEX_SHOWN));
    return key.length > HEX_SHOWN ? hex + "…" : hex;
  }
}
