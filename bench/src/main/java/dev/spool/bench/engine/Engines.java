package dev.spool.bench.engine;

import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.filesystem.FileSpool;
import dev.spool.journal.JournalSpool;
import dev.spool.rocksdb.RocksSpool;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;

/** All engine types that this build has, in the order of the table. */
public final class Engines {
  /** What the machine can do: ratios are to this one. */
  public static final String LIMIT = "limit";

  /** What the harness costs: never in a table of stores. */
  public static final String NOOP = "noop";

  private Engines() {}

  /** Returns our own and every peer's, those of the build's profiles too. */
  public static List<EngineType> all() {
    List<EngineType> types = new ArrayList<>(own());
    types.addAll(peers());
    types.addAll(ofProfiles());
    return List.copyOf(types);
  }

  /** Returns those of the build's profiles only. */
  static List<EngineType> ofProfiles() {
    List<EngineType> types = new ArrayList<>();
    for (EngineSource source : ServiceLoader.load(EngineSource.class)) {
      types.addAll(source.types());
    }
    return types;
  }

  /**
   * Returns the type of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static EngineType named(String name) {
    return Stream.concat(all().stream(), onRequest().stream())
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no engine is called %s; there are %s"
                        .formatted(name, all().stream().map(EngineType::name).toList())));
  }

  /** Returns those that are not in every table. */
  private static List<EngineType> onRequest() {
    return List.of(
        new EngineType(
            NOOP, "stores nothing", Style.ASYNC, NoopEngine.class, place -> new NoopEngine()),
        new EngineType(
            "spool-journal-preallocated",
            "our journal backend; 8 GiB of segments are made at the opening, before the measured time",
            Style.ASYNC,
            SpoolEngine.class,
            place ->
                new SpoolEngine(
                    JournalSpool.builder(place.directory()).preallocate(8L << 30).open())));
  }

  private static List<EngineType> own() {
    return List.of(
        new EngineType(
            "spool-rocksdb",
            "our RocksDB backend, its defaults: among them a block cache of 256 MiB, Bloom filters, and a ballast file of 256 MiB",
            Style.ASYNC,
            SpoolEngine.class,
            place -> new SpoolEngine(RocksSpool.open(place.directory()))),
        new EngineType(
            "spool-rocksdb-cached",
            "the same, flush and compaction go through the page cache",
            Style.ASYNC,
            SpoolEngine.class,
            place ->
                new SpoolEngine(
                    RocksSpool.builder(place.directory())
                        .useDirectIoForFlushAndCompaction(false)
                        .open())),
        new EngineType(
            "spool-file",
            "our filesystem backend, its defaults",
            Style.ASYNC,
            SpoolEngine.class,
            place -> new SpoolEngine(FileSpool.open(place.directory()))),
        new EngineType(
            "spool-file-recycling",
            "the same, files of removed messages are written over",
            Style.ASYNC,
            SpoolEngine.class,
            place -> new SpoolEngine(FileSpool.builder(place.directory()).recycling(true).open())),
        new EngineType(
            "spool-journal",
            "our journal backend, experimental, its defaults: segments of 64 MiB, four of them in reserve",
            Style.ASYNC,
            SpoolEngine.class,
            place -> new SpoolEngine(JournalSpool.open(place.directory()))));
  }

  private static List<EngineType> peers() {
    return List.of(
        new EngineType(
            LIMIT,
            "bare append-only log: recycled pre-written segments, one committer, group commit,"
                + " fdatasync, CRC32C, no compaction; it overwrites its oldest segment, after 256 MiB or what the workload keeps, so that W3 ends in the page cache; the index for loads is made beside the measured time",
            Style.ASYNC,
            LimitEngine.class,
            LimitEngine::open,
            Set.of(Gap.REMEMBERED_REMOVALS),
            JvmNeeds.NOTHING),
        new EngineType(
            LIMIT + "-channel",
            "the same; a scan hands over through the channel that our backends have",
            Style.ASYNC,
            ThroughChannel.class,
            place -> new ThroughChannel(LimitEngine.open(place)),
            Set.of(Gap.REMEMBERED_REMOVALS),
            JvmNeeds.NOTHING),
        new EngineType(
            LIMIT + "-futures",
            "the same log behind the futures, admission and deadlines that our backends have",
            Style.ASYNC,
            SpoolEngine.class,
            LimitFront::open,
            Set.of(Gap.REMEMBERED_REMOVALS),
            JvmNeeds.NOTHING),
        artemis(
            "artemis",
            "Artemis' journal over libaio, O_DIRECT, fdatasync; its shipped buffer timeout, 500 µs",
            ArtemisEngine.SHIPPED_TIMEOUT),
        artemis("artemis-50us", "the same with a buffer timeout of 50 µs", 50_000),
        new EngineType(
            "rocks-raw",
            "RocksDB, default options, no compression; put with sync by each caller's own thread",
            Style.BLOCKING,
            RawRocksEngine.class,
            place -> RawRocksEngine.open(place, 0)),
        new EngineType(
            "rocks-raw-2",
            "the same on two worker threads behind futures",
            Style.ASYNC,
            RawRocksEngine.class,
            place -> RawRocksEngine.open(place, 2)),
        new EngineType(
            "rocks-raw-channel",
            "as rocks-raw; a scan hands over through the channel that our backends have",
            Style.BLOCKING,
            ThroughChannel.class,
            place -> new ThroughChannel(RawRocksEngine.open(place, 0))),
        new EngineType(
            "files",
            "a file per message: temporary file, fsync, rename, fsync of the directory, by each"
                + " caller's own thread",
            Style.BLOCKING,
            FilesEngine.class,
            FilesEngine::open),
        new EngineType(
            "files-futures",
            "the same on 64 worker threads, behind the futures, admission and deadlines that our"
                + " backends have",
            Style.ASYNC,
            SpoolEngine.class,
            FilesFront::open));
  }

  private static EngineType artemis(String name, String configuration, int timeoutNanos) {
    return new EngineType(
        name,
        configuration
            + "; 10 to 50 files of 10 MiB; all calls are forced, removals too, which the broker itself"
            + " does not force",
        Style.ASYNC,
        ArtemisEngine.class,
        place -> ArtemisEngine.open(place, timeoutNanos),
        Set.of(Gap.LARGE_MESSAGES),
        new Libaio());
  }
}
