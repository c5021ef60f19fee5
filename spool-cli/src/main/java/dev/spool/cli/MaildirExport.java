package dev.spool.cli;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Exports to a Maildir: each message is written to {@code tmp}, forced, and renamed into {@code
 * new}, under a name that follows from its id. So an export can be repeated; what a mail reader has
 * moved to {@code cur} meanwhile is found there.
 */
final class MaildirExport implements ExportTarget {
  private final Path tmp;
  private final ExportDirectory fresh;
  private final Path cur;

  /** The files in {@code cur} that an export has made. Constant after construction. */
  private final Map<SpoolId, String> seen = new HashMap<>();

  MaildirExport(Disk disk, Path maildir, boolean replace) throws IOException {
    tmp = maildir.resolve("tmp");
    cur = maildir.resolve("cur");
    disk.createDirectories(tmp);
    disk.createDirectories(cur);
    fresh = new ExportDirectory(disk, maildir.resolve("new"), replace);
    disk.list(
        cur,
        entry -> {
          String name = String.valueOf(entry.getFileName());
          SpoolId id = MaildirName.idOf(name);
          if (id != null) {
            seen.put(id, name);
          }
          return true;
        });
  }

  @Override
  public int writers() {
    return FilesExport.WRITERS;
  }

  @Override
  public ExportResult write(SpoolEntry.Item message) throws IOException {
    @Nullable String read = seen.get(message.id());
    if (read != null) {
      return fresh.holds(cur.resolve(read), message.data())
          ? ExportResult.THERE_ALREADY
          : ExportResult.refused(cur.resolve(read) + " is there and differs");
    }
    String name = MaildirName.of(message.id());
    return fresh.write(name, tmp.resolve(name), message.data(), message.id().createdAt());
  }

  @Override
  public void finish() throws IOException {
    fresh.force();
  }

  @Override
  public void close() {}
}
