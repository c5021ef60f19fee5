package dev.spool.bench.workload;

import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import java.util.EnumMap;
import java.util.Map;

/** W4: a store is opened in a fresh process, and all its messages are seen with their bytes. */
final class Scan implements Workload {

  @Override
  public boolean suits(EngineType type) {
    return type.scans();
  }

  @Override
  public long retainedBytes(Case row) {
    return retainedEntries(row) * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return Backlog.retained(row);
  }

  @Override
  public boolean prepares(Case row) {
    return true;
  }

  @Override
  public void prepare(Case row, EngineType type, Place place) throws Exception {
    Backlog.fill(row, type, place);
  }

  @Override
  public Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace)
      throws Exception {
    OpenedOnce.beside(type, place);
    if (row.cold()) {
      Machine.dropCaches(place.directory());
    } else {
      warm(place);
    }
    Count count = new Count(row.size());
    long cpu = Cpu.nanos();
    long start = System.nanoTime();
    double opened;
    long used;
    try (Engine engine = type.opener().open(place)) {
      opened = (System.nanoTime() - start) / 1e6;
      ((Engine.Scans) engine).scan((id, data) -> count.add(data));
      used = Cpu.nanos() - cpu;
    }
    if (count.entries != row.entries()) {
      throw new IllegalStateException(
          "the scan saw %d messages of %d".formatted(count.entries, row.entries()));
    }
    double seconds = (count.last - start) / 1e9;
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.MESSAGES_PER_SECOND, count.entries / seconds);
    figures.put(Figure.MEGABYTES_PER_SECOND, count.entries * (double) row.size() / seconds / 1e6);
    figures.put(Figure.CPU_PER_MESSAGE, used / 1e3 / count.entries);
    figures.put(Figure.OPEN_TIME, opened);
    figures.put(Figure.FIRST_ENTRY, (count.first - start) / 1e6);
    figures.put(Figure.LAST_ENTRY, (count.last - start) / 1e6);
    figures.put(Figure.PEAK_MEMORY, Machine.peakResidentBytes() / 1048576.0);
    figures.put(Figure.DISK_USED, Machine.diskUsed(place.directory()) / 1048576.0);
    return figures;
  }

  /** Reads the files once, so that every store begins with the same page cache. */
  private static void warm(Place place) throws Exception {
    Machine.readAll(place.directory());
  }

  /** Counts messages, by the scan's thread. */
  private static final class Count {
    private final int size;
    private long entries;
    private long first;
    private long last;

    Count(int size) {
      this.size = size;
    }

    void add(byte[] data) {
      if (data.length != size) {
        throw new IllegalStateException("a message of %d bytes".formatted(data.length));
      }
      last = System.nanoTime();
      if (entries++ == 0) {
        first = last;
      }
    }
  }
}
