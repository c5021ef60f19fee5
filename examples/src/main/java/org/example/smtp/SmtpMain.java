package org.example.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Runs the receiver: {@code SmtpMain [SPOOL-URI [MAILDIR [PORT]]]}.
 *
 * <p>Without arguments it listens on port 2525 of the loopback address, keeps mail below {@code
 * spool-smtp/} of the working directory, and delivers it into {@code spool-smtp/Maildir}. Port 0
 * takes a free one. SIGTERM, or Ctrl-C, ends it: messages that are being sent are finished, and
 * what is not delivered is delivered after the next start.
 */
public final class SmtpMain {

  private SmtpMain() {}

  /** Runs until the process is told to end. */
  public static void main(String[] args) throws IOException {
    String uri = args.length > 0 ? args[0] : "file:" + Path.of("spool-smtp").toUri().getRawPath();
    Path maildir = Path.of(args.length > 1 ? args[1] : "spool-smtp/Maildir");
    int port = args.length > 2 ? Integer.parseInt(args[2]) : 2525;

    // docs: smtp-main begin
    MailStore store = MailStore.open(uri); // "rocksdb:/var/spool/app", "file:/var/spool/app"
    SmtpReceiver receiver =
        SmtpReceiver.start(
            store,
            new MaildirDelivery(maildir),
            Settings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  receiver.close(); // first: its sessions and deliveries use the store
                  store.close();
                }));
    // docs: smtp-main end
    System.out.printf(
        """
        listening on 127.0.0.1:%1$d
        spool        %2$s
        mail goes to %3$s/new
        send some    swaks --server 127.0.0.1:%1$d --from me@example.org --to you@example.org
        """,
        receiver.address().getPort(), uri, maildir.toAbsolutePath());
    System.out.flush(); // whoever started us waits for it
  }
}
