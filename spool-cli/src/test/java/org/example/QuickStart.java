package org.example;

import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.nio.charset.StandardCharsets;

/** The example of the README: it is compiled and run by the build. */
public final class QuickStart {
  private QuickStart() {}

  /** Runs on the spool whose URI is the first argument. */
  public static void main(String[] args) {
    // README: begin
    try (Spool spool = Spools.open(args[0])) { // "file:/var/spool/app"
      if (spool.unhealthyReason() != null) { // cheap: ask it for every connection
        throw new IllegalStateException("451 4.3.0 try again later");
      }
      byte[] mail = "Subject: hello\r\n\r\nworld\r\n".getBytes(StandardCharsets.UTF_8);
      SpoolId id = SpoolId.random();
      spool.store(id, mail).join(); // it survives a power cut from here on: answer "250 OK"

      EntryChannel found = EntryChannel.bounded(100, 16 << 20);
      var scan = spool.enumerate(found); // what was accepted and not yet delivered, after a start
      for (SpoolEntry entry : found) { // consume before you wait for the future
        if (entry instanceof SpoolEntry.Item item) {
          System.out.println("deliver " + item.id() + ", " + item.data().length + " bytes");
          spool.remove(item.id()).join();
        }
      }
      System.out.println(scan.join());
    }
    // README: end
  }
}
