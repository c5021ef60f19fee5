package dev.spool.cli;

import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.support.SpaceGuard;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is free where a spool lies, and what has to be: a spool that is only read does not watch
 * that itself. Judged by the settings that the address gives; those of a server may be others.
 */
final class DiskRoom {
  private final DiskSpace space;
  private final long minFreeBytes;
  private final long minFreeInodes;
  private final SpaceGuard.Finding finding;

  private DiskRoom(DiskSpace space, SpaceThreshold bytes, SpaceThreshold inodes) {
    this.space = space;
    minFreeBytes = bytes.of(space.totalBytes());
    minFreeInodes = inodes.of(space.totalInodes());
    finding = new SpaceGuard(bytes, inodes).judge(space);
  }

  /**
   * Asks.
   *
   * @return null for a spool that is on no disk
   */
  static @Nullable DiskRoom of(SpoolAddress address) throws IOException {
    Path directory = address.directory();
    if (directory == null) {
      return null;
    }
    return new DiskRoom(
        Disk.system().space(directory),
        threshold(address, "minFreeSpace", SpaceThreshold.defaultSpace()),
        threshold(address, "minFreeInodes", SpaceThreshold.defaultInodes()));
  }

  private static SpaceThreshold threshold(
      SpoolAddress address, String setting, SpaceThreshold otherwise) {
    String value = address.setting(setting);
    return value == null ? otherwise : SpaceThreshold.parse(value); // opening has parsed it before
  }

  /** Tells whether a spool here would refuse stores. */
  boolean isLow() {
    return finding.level() == SpaceGuard.Level.LOW;
  }

  /** Returns the figures, and what they are below. */
  String finding() {
    return finding.text();
  }

  String bytes() {
    return Text.bytes(space.usableBytes())
        + " free of "
        + Text.bytes(space.totalBytes())
        + "; stores need "
        + Text.bytes(minFreeBytes)
        + " (minFreeSpace)";
  }

  String inodes() {
    return space.inodesKnown()
        ? Text.count(space.freeInodes())
            + " free of "
            + Text.count(space.totalInodes())
            + "; stores need "
            + Text.count(minFreeInodes)
            + " (minFreeInodes)"
        : "no limit is known";
  }

  Json json() {
    Json json =
        new Json()
            .put("freeBytes", space.usableBytes())
            .put("totalBytes", space.totalBytes())
            .put("minFreeBytes", minFreeBytes);
    if (space.inodesKnown()) {
      json.put("freeInodes", space.freeInodes())
          .put("totalInodes", space.totalInodes())
          .put("minFreeInodes", minFreeInodes);
    }
    return json.put("low", isLow());
  }
}
