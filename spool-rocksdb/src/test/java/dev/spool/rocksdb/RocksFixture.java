package dev.spool.rocksdb;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.testkit.Gate;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stallable;
import dev.spool.testkit.Trait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The RocksDB backend, without a ballast, and whatever room the test machine has. */
final class RocksFixture implements SpoolFixture {
  private static final Map<String, String> SETTINGS =
      Map.of("ballast", "0", "minFreeSpace", "0", "minFreeInodes", "0");

  @Override
  public Set<Trait> traits() {
    // Damage is the engine's: a block holds several messages.
    return EnumSet.complementOf(EnumSet.of(Trait.DAMAGE_CONFINED));
  }

  @Override
  public String uri(Path directory) {
    return "rocksdb:" + directory + "?ballast=0&minFreeSpace=0&minFreeInodes=0";
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    return builder(directory, settings, callbacks).open();
  }

  static RocksSpool.Builder builder(
      Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    Map<String, String> all = new LinkedHashMap<>(SETTINGS);
    all.putAll(settings);
    RocksSpool.Builder builder = RocksSpool.builder(directory).settings(all);
    if (callbacks != null) {
      builder.callbackExecutor(callbacks);
    }
    return builder;
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    NativeWrites gated =
        new NativeWrites() {
          @Override
          public void write(RocksDB db, WriteOptions options, WriteBatch batch)
              throws RocksDBException {
            gate.pass();
            DIRECT.write(db, options, batch);
          }

          @Override
          public void syncWal(RocksDB db) throws RocksDBException {
            DIRECT.syncWal(db);
          }
        };
    return new Stallable(builder(directory, settings, null).writes(gated).open(), gate);
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    Databases.damage(directory.resolve("db"), id);
  }
}
