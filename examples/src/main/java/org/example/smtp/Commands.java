package org.example.smtp;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.example.replies.SmtpReply;
import org.jspecify.annotations.Nullable;
import org.subethamail.smtp.DropConnectionException;
import org.subethamail.smtp.internal.server.BaseCommand;
import org.subethamail.smtp.internal.server.Command;
import org.subethamail.smtp.internal.server.CommandHandler;
import org.subethamail.smtp.server.Session;

/**
 * What this receiver does otherwise than the library's own commands.
 *
 * <ul>
 *   <li>MAIL and DATA ask first whether messages are taken, so that a client need not send one in
 *       vain.
 *   <li>MAIL refuses a SIZE over the limit whatever stands behind it, and however large it is.
 *   <li>DATA ends the transaction when it refuses a message, too (RFC 5321, 4.1.1.4): the library
 *       would refuse the next MAIL.
 *   <li>BDAT is not offered: with the library's, a message whose client breaks off in the middle of
 *       a chunk looks complete.
 * </ul>
 */
final class Commands {
  private static final Pattern SIZE = Pattern.compile("(?i)\\sSIZE=0*(\\d+)(?:\\s|$)");
  private static final SmtpReply NO_BDAT = new SmtpReply(502, "5.5.1", "BDAT is not offered");

  private Commands() {}

  static void install(SmtpReceiver receiver, CommandHandler commands) {
    commands.addCommand(new Mail(receiver, commands.getCommand("MAIL")));
    commands.addCommand(new Data(receiver, commands.getCommand("DATA")));
    commands.addCommand(new Ehlo(receiver.settings()));
    commands.addCommand(new Bdat());
  }

  /** Sends a refusal, and has the session end after a 421. */
  private static void refuse(Session session, SmtpReply reply)
      throws IOException, DropConnectionException {
    if (Transaction.refusal(reply) instanceof DropConnectionException drop) {
      throw drop;
    }
    session.sendResponse(reply.toString());
  }

  private static final class Mail extends BaseCommand {
    private final SmtpReceiver receiver;
    private final Command command;

    Mail(SmtpReceiver receiver, Command command) {
      super("MAIL", "Specifies the sender.", "FROM:<sender> [SIZE=bytes] [BODY=8BITMIME]");
      this.receiver = receiver;
      this.command = command;
    }

    @Override
    public void execute(String line, Session session) throws IOException, DropConnectionException {
      SmtpReply refusal = receiver.refusal();
      if (refusal == null && isTooLarge(line)) {
        refusal = SmtpReply.TOO_LARGE;
      }
      if (refusal != null) {
        refuse(session, refusal);
      } else {
        command.execute(SIZE.matcher(line).replaceAll(" "), session);
      }
    }

    private boolean isTooLarge(String line) {
      Matcher size = SIZE.matcher(line);
      return size.find()
          && (size.group(1).length() > 18
              || Long.parseLong(size.group(1)) > receiver.settings().maxMessageBytes());
    }
  }

  private static final class Data extends BaseCommand {
    private final SmtpReceiver receiver;
    private final Command command;

    Data(SmtpReceiver receiver, Command command) {
      super("DATA", "The message follows.\nIt ends with <CR><LF>.<CR><LF>");
      this.receiver = receiver;
      this.command = command;
    }

    @Override
    public void execute(String line, Session session) throws IOException, DropConnectionException {
      if (session.getRecipientCount() == 0) {
        command.execute(line, session); // it says what is missing
        return;
      }
      @Nullable SmtpReply refusal = receiver.refusal();
      if (refusal != null) {
        refuse(session, refusal);
      } else {
        command.execute(line, session);
      }
      session.resetMailTransaction();
    }
  }

  private static final class Ehlo extends BaseCommand {
    private final Settings settings;

    Ehlo(Settings settings) {
      super("EHLO", "Introduces the client.", "<name>");
      this.settings = settings;
    }

    @Override
    public void execute(String line, Session session) throws IOException {
      String[] words = getArgs(line);
      if (words.length < 2) {
        session.sendResponse("501 5.5.4 EHLO is followed by a name");
        return;
      }
      session.resetMailTransaction();
      session.setHelo(words[1]);
      session.sendResponse(
          String.join(
              "\r\n",
              "250-" + session.getServer().getHostName(),
              "250-8BITMIME",
              "250-SMTPUTF8",
              "250 SIZE " + settings.maxMessageBytes()));
    }
  }

  private static final class Bdat extends BaseCommand {
    Bdat() {
      super("BDAT", "Not offered.");
    }

    @Override
    public void execute(String line, Session session) throws DropConnectionException {
      // What follows is a message, and must not be taken for commands.
      throw new DropConnectionException(NO_BDAT.code(), NO_BDAT.enhanced() + " " + NO_BDAT.text());
    }
  }
}
