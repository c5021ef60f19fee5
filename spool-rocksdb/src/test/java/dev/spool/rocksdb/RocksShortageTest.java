package dev.spool.rocksdb;

import dev.spool.testkit.ShortageContract;
import dev.spool.testkit.SpoolFixture;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** Without descriptors or inodes, for the RocksDB backend. */
@Tag("same-on-any-jdk")
class RocksShortageTest implements ShortageContract {
  @Override
  public SpoolFixture fixture() {
    return new RocksFixture();
  }

  /** With little in memory; and a ballast, whose room and inode are there for removals. */
  @Override
  public Map<String, String> small() {
    return Map.of("writeBufferSize", "1MiB", "ballast", "6MiB");
  }

  /** RocksDB goes on after a failed write only in new files: {@code minFreeInodes} keeps some. */
  @Override
  public boolean isDrainedWithoutInodes() {
    return false;
  }
}
