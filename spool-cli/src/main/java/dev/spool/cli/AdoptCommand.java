package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;

/** Makes a spool of a plain RocksDB database, such as KumoMTA's. */
@Command(
    name = "adopt",
    header = "Makes a spool of a plain RocksDB database, such as KumoMTA's.",
    description = {
      "Takes over a RocksDB database, in its place and without copying a message: its keys have to be"
          + " ids (16 bytes, UUIDs of version 1 or 7), its values are the messages. Every key is"
          + " checked first, and every block against its checksum; a database that is refused is left"
          + " as it is. Then its files are moved into the subdirectory db, the directory becomes a"
          + " spool, and every message is read once. If that is interrupted, run it again.",
      "The program whose database it is, KumoMTA, has to be stopped, and cannot open it afterwards:"
          + " make a copy before. KumoMTA has two spools, data and meta; each becomes a spool of its"
          + " own."
    },
    footer = {"", "Example:", "  spool adopt rocksdb:/var/spool/kumomta/data"})
final class AdoptCommand extends SpoolCommand {
  private long messages;
  private long bytes;
  private long damaged;

  @Override
  public Integer call() throws IOException {
    Path directory = directory();
    boolean spoolAlready = SpoolAddress.recognise(directory).isPresent();
    if (!spoolAlready) {
      refuseUnlessDatabase(directory);
    }
    try (Spool spool = address().openForAdoption();
        Progress progress = Progress.start(streams(), "read")) {
      ScanLoop.run(
          spool::enumerate,
          entry -> {
            take(entry, progress);
            return true;
          });
    }
    out()
        .println(
            directory
                + (spoolAlready ? " is a spool already: " : " is a spool now: ")
                + Text.messages(messages)
                + " read ("
                + Text.bytes(bytes)
                + "), "
                + Text.count(damaged)
                + " damaged");
    return damaged == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private Path directory() {
    Path directory = spoolDirectory();
    if (directory == null || !address().uri().startsWith("rocksdb:")) {
      throw new CommandFailure(
          ExitStatus.USAGE,
          "only a RocksDB database can be adopted: name it as rocksdb:/path",
          null);
    }
    return directory;
  }

  /** Before it is claimed, which would leave a file in what is somebody else's. */
  private static void refuseUnlessDatabase(Path directory) {
    boolean halfway = Files.exists(directory.resolve("db/CURRENT"));
    if (!halfway && !Files.exists(directory.resolve("CURRENT"))) {
      throw new CommandFailure(
          ExitStatus.CANNOT_OPEN,
          "cannot adopt " + directory + ": there is no RocksDB database in it; left as it is",
          null);
    }
  }

  private void take(SpoolEntry entry, Progress progress) {
    if (entry instanceof SpoolEntry.Item item) {
      messages++;
      bytes += item.data().length;
      progress.add(item.data().length);
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      damaged++;
      Damage.print(corrupt, false, err());
    }
  }
}
