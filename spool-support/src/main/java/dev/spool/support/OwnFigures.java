package dev.spool.support;

import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The figures that every local spool has, whatever its storage does. Any thread may ask. */
final class OwnFigures {
  private final Admission admission;
  private final Scans scans;
  private final Callbacks callbacks;
  private final @Nullable SpaceWatch space;
  private final HealthLatch health;

  OwnFigures(
      Admission admission,
      Scans scans,
      Callbacks callbacks,
      @Nullable SpaceWatch space,
      HealthLatch health) {
    this.admission = admission;
    this.scans = scans;
    this.callbacks = callbacks;
    this.space = space;
    this.health = health;
  }

  /** Returns them as they are now. */
  List<Figure> list() {
    List<Figure> figures = new ArrayList<>();
    figures.add(
        gauge(
            "stores.in.flight",
            "messages",
            admission.running(CallKind.STORE),
            "Stores that are under way."));
    figures.add(
        gauge(
            "loads.in.flight",
            "messages",
            admission.running(CallKind.LOAD),
            "Loads that are under way."));
    figures.add(
        gauge(
            "removes.in.flight",
            "messages",
            admission.running(CallKind.REMOVE),
            "Removals that are under way."));
    figures.add(
        gauge(
            "bytes.in.flight",
            "bytes",
            admission.bytes(),
            "Bytes of the stores that are under way."));
    figures.add(gauge("calls.waiting", "", admission.waiting(), "Calls that wait for admission."));
    figures.add(gauge("scans.active", "", scans.active(), "Scans that are under way."));
    figures.add(
        new Figure(
            "callbacks.rejected",
            Kind.COUNTER,
            "",
            callbacks.rejected(),
            "Completions that the callback executor rejected, and the spool ran itself."));
    DiskSpace disk = space == null ? null : space.last();
    if (disk != null) {
      figures.add(
          gauge("disk.free", "bytes", disk.usableBytes(), "Bytes that are free for this process."));
      figures.add(gauge("disk.total", "bytes", disk.totalBytes(), "Bytes of the file system."));
      if (disk.inodesKnown()) {
        figures.add(gauge("inodes.free", "files", disk.freeInodes(), "Inodes that are free."));
        figures.add(
            gauge("inodes.total", "files", disk.totalInodes(), "Inodes of the file system."));
      }
    }
    figures.addAll(health.figures());
    return figures;
  }

  private static Figure gauge(String name, String unit, long value, String description) {
    return new Figure(name, Kind.GAUGE, unit, value, description);
  }
}
