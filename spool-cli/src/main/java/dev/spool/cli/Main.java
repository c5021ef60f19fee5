package dev.spool.cli;

import dev.spool.SpoolId;
import dev.spool.cli.demo.DemoCommand;
import dev.spool.torture.MailRate;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.slf4j.event.Level;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The {@code spool} command: its subcommands, and what they share. */
@Command(
    name = "spool",
    version = "spool 0.1.0-SNAPSHOT",
    description = "Looks after durable message spools.",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit status:%n",
    subcommands = {
      ImportCommand.class,
      ExportCommand.class,
      AdoptCommand.class,
      JournalCommand.class,
      LsCommand.class,
      CatCommand.class,
      PutCommand.class,
      RmCommand.class,
      StatCommand.class,
      VerifyCommand.class,
      CopyCommand.class,
      CompactCommand.class,
      CleanupCommand.class,
      QuarantineCommand.class,
      CompletionCommand.class,
      DemoCommand.class,
      TortureCommand.class
    },
    footer = {
      "",
      "SPOOL is a URI: file:/var/spool/app, rocksdb:/var/spool/app, with settings as query parameters"
          + " (file:/var/spool/app?maxMessageSize=256MiB); or the path of a spool that exists.",
      "Messages and progress go to standard error, data to standard output."
    })
public final class Main implements Runnable {
  private final Streams streams;

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show stack traces and the log of the backends.")
  private boolean debug;

  Main(Streams streams) {
    this.streams = streams;
  }

  /**
   * Runs the command and exits with its status.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    int status = commandLine(Streams.ofProcess()).execute(args);
    System.exit(status);
  }

  /** Makes the command, to be executed once. */
  static CommandLine commandLine(Streams streams) {
    Main main = new Main(streams);
    CommandLine line = new CommandLine(main);
    line.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
    line.registerConverter(SpoolAddress.class, SpoolAddress::new);
    line.registerConverter(SpoolId.class, Main::parseId);
    line.registerConverter(ImportFormat.class, ImportFormat::parse);
    line.registerConverter(ExportFormat.class, ExportFormat::parse);
    line.registerConverter(TortureFault.class, TortureFault::parse);
    line.registerConverter(MailRate.class, Main::parseRate);
    line.setExitCodeExceptionMapper(e -> ExitStatus.INTERNAL);
    line.setExecutionExceptionHandler(
        (failure, command, result) -> new ErrorReport(streams.err(), main.debug).report(failure));
    line.setParameterExceptionHandler(Main::usageError);
    line.setExecutionStrategy(
        result -> {
          CommandLog.show(main.debug ? Level.DEBUG : Level.WARN, main.debug);
          return main.checked(new CommandLine.RunLast().execute(result));
        });
    addExitStatuses(line);
    return line;
  }

  /** Nobody shall take for complete what did not all arrive. */
  private int checked(int status) {
    if (!streams.out().checkError()) {
      return status;
    }
    streams.err().println("spool: standard output could not be written; not all of it arrived");
    return ExitStatus.STOPPED;
  }

  private static void addExitStatuses(CommandLine line) {
    line.getCommandSpec().usageMessage().exitCodeList(ExitStatus.help());
    line.getSubcommands().values().forEach(Main::addExitStatuses);
  }

  /** Keeps the backends' warnings back, unless {@code --debug} is given: they are expected. */
  public void expectWarnings() {
    if (!debug) {
      CommandLog.show(Level.ERROR, false);
    }
  }

  /** Returns where the command reads and writes. */
  public Streams streams() {
    return streams;
  }

  private static SpoolId parseId(String text) {
    try {
      return SpoolId.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static MailRate parseRate(String text) {
    try {
      return MailRate.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static int usageError(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("spool: " + failure.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("  " + "try '" + command.getCommandSpec().qualifiedName() + " --help'");
    return ExitStatus.USAGE;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "what is to be done? Name a command");
  }
}
