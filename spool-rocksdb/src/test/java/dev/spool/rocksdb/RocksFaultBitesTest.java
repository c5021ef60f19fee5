package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Spool;
import dev.spool.testkit.MountedFaultContract;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Trait;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Power cuts beneath RocksDB find a spool that leaves out what keeps its promises. */
class RocksFaultBitesTest {
  private static final SpoolFixture HONEST = new RocksFixture();

  /** A good spool, but for how it writes. */
  private record Mutated(NativeWrites writes) implements SpoolFixture, MountedFaultContract {
    @Override
    public SpoolFixture fixture() {
      return this;
    }

    @Override
    public Set<Trait> traits() {
      return HONEST.traits();
    }

    @Override
    public String uri(Path directory) {
      return HONEST.uri(directory);
    }

    @Override
    public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
      return RocksFixture.builder(directory, settings, callbacks).writes(writes).open();
    }
  }

  @Test
  void syncThatIsLeftOut(@TempDir Path dir) {
    Mutated buffered =
        new Mutated(
            new NativeWrites() {
              @Override
              public void write(RocksDB db, WriteOptions options, WriteBatch batch)
                  throws RocksDBException {
                try (WriteOptions without = new WriteOptions(options)) {
                  DIRECT.write(db, without.setSync(false), batch);
                }
              }

              @Override
              public void syncWal(RocksDB db) {}
            });
    assertThatThrownBy(() -> buffered.powerFailsAtEveryCallThatChangesSomething(dir))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has to be");
  }
}
