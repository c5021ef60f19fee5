package dev.spool.bench.engine;

import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Style;
import java.util.List;
import java.util.Set;

/** The embedded databases, as their own documentation advises where each commit must be durable. */
public final class PeerEngines implements EngineSource {
  /** Payload that is enough for a group. */
  static final long GROUP_BYTES = 8 << 20;

  /** Made by the service loader. */
  public PeerEngines() {}

  @Override
  public List<EngineType> types() {
    return List.of(
        new EngineType(
            "mvstore-grp",
            "H2 MVStore, automatic commits off; one committer, commit and sync for each group",
            Style.ASYNC,
            MvStoreEngine.class,
            MvStoreEngine::open),
        new EngineType(
            "lmdb-grp",
            "LMDB, default flags: each commit is synced, data and then the meta page; one"
                + " committer, a transaction for each group, buffered ones synced too",
            Style.ASYNC,
            LmdbEngine.class,
            LmdbEngine::open,
            Set.of(),
            LmdbEngine.NEEDS),
        new EngineType(
            "sqlite-grp",
            "SQLite, WAL, synchronous=FULL (NORMAL for a group of buffered writes only), pages of"
                + " 8 KiB; one committer, a transaction for each group",
            Style.ASYNC,
            SqliteEngine.class,
            SqliteEngine::open),
        new EngineType(
            "je",
            "Berkeley DB Java Edition, COMMIT_SYNC with its own group commit, by each caller's own"
                + " thread",
            Style.BLOCKING,
            JeEngine.class,
            JeEngine::open),
        new EngineType(
            "chronicle",
            "Chronicle Queue, default settings: memory-mapped, never synced; one appender",
            Style.ASYNC,
            ChronicleEngine.class,
            ChronicleEngine::open,
            Set.of(Gap.SYNC, Gap.REMOVE),
            ChronicleEngine.NEEDS));
  }
}
