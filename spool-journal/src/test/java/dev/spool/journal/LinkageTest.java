package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On JDK 25 a call site, or a class of the JDK's streams, that is linked or initialized while the
 * heap is full fails from then on, until the process ends: neither may there be where a failure is
 * told, or a journal is written or opened again.
 */
class LinkageTest {
  /** A method, as javap shows it: a constructor has a name with dots, and matches nothing. */
  private static final Pattern METHOD = Pattern.compile("  \\S.* ([\\w$]+)\\(.*\\).*;");

  /** A class initializer, as javap shows it, and as it is called here. */
  private static final String STATIC = "  static {};";

  private static final String CLASS_INITIALIZER = "<clinit>";

  private static final Set<String> LINKED_OR_UNUSED = Set.of("", "equals", "hashCode", "toString");

  private static final Set<String> AT_EACH_OPENING =
      Set.of(
          "Leftovers.of",
          "LocalSpool.startTimers",
          "Replay.countLive",
          "Replay.numbers",
          "SpaceWatch.over",
          "SpoolThreads.numbered",
          "SpoolThreads.single",
          "SpoolThreads.thread",
          "SpoolThreads.timer",
          "Ticks.start",
          "Timers.goingOn");

  /** Each fails a call for good, as {@code tried + ": " + failure} did, and with it the telling. */
  @Test
  void noConcatenationIsLinked() throws IOException, URISyntaxException {
    List<String> found = new ArrayList<>();
    int classes = look("java/lang/invoke/StringConcatFactory", found);
    assertThat(classes).isGreaterThan(100);
    assertThat(found).isEmpty();
  }

  /**
   * A class that cannot be initialized in the first opening is none until the process ends, and so
   * there is no spool either; to link takes far more memory than the rest of it.
   */
  @Test
  void noLambdaIsLinkedByAClassInitializer()
      throws IOException, URISyntaxException, ReflectiveOperationException {
    List<String> candidates = new ArrayList<>();
    int unused = look("java/lang/invoke/LambdaMetafactory", candidates);
    assertThat(candidates).hasSizeGreaterThan(20);
    List<String> found = new ArrayList<>();
    for (String each : candidates) {
      Class<?> type = Class.forName(each, false, LinkageTest.class.getClassLoader());
      if (linking(type).contains(CLASS_INITIALIZER)) {
        found.add(each);
      }
    }
    assertThat(found).isEmpty();
  }

  /** Looks for classes that mention something; returns how many classes there are. */
  private static int look(String mentioned, List<String> found)
      throws IOException, URISyntaxException {
    int classes = 0;
    for (Class<?> each : List.of(SpoolId.class, EngineContext.class, JournalEngine.class)) {
      URI place = each.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(place);
      if (Files.isDirectory(path)) {
        classes += look(path, mentioned, found);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(path, Map.of())) {
          classes += look(jar.getPath("/"), mentioned, found);
        }
      }
    }
    return classes;
  }

  private static int look(Path root, String mentioned, List<String> found) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
      for (Path file : classes) {
        if (mentions(Files.readAllBytes(file), mentioned)) {
          String name = root.relativize(file).toString().replace('/', '.');
          found.add(name.substring(0, name.length() - ".class".length()));
        }
      }
      return classes.size();
    }
  }

  /** A recovery failed in {@code IntStream.distinct} until the process ended. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        Committer.class,
        Compaction.class,
        CompactionBatch.class,
        Housekeeping.class,
        Index.class,
        Janitor.class,
        Journal.class,
        JournalEngine.class,
        Leftovers.class,
        MessageReader.class,
        Replaced.class,
        Replay.class,
        Roster.class,
        RosterCopy.class,
        Sealing.class,
        Segment.class,
        SegmentHeader.class,
        SegmentPool.class,
        Segments.class,
        SegmentScan.class,
        Summary.class,
        Tail.class
      })
  void noStreamWhereItIsWrittenOrOpened(Class<?> type) throws IOException {
    try (InputStream in =
        type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
      assertThat(in).isNotNull();
      assertThat(mentions(in.readAllBytes(), "java/util/stream/")).isFalse();
    }
  }

  /**
   * What may be linked for the first time when something has failed, or there is something to be
   * told: a job that could not be handed back was waited for until the process ended. Constructors
   * are linked at the opening, and records are compared and shown by nobody. What {@code
   * HealthLatch} has is linked there too: {@code AfterOpeningTest}.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "journal.BackgroundCompaction",
        "journal.Committer",
        "journal.Compaction",
        "journal.CompactionBatch",
        "journal.Housekeeping",
        "journal.Index",
        "journal.Janitor",
        "journal.Journal",
        "journal.JournalEngine",
        "journal.Leftovers",
        "journal.MessageReader",
        "journal.Replaced",
        "journal.Replay",
        "journal.Roster",
        "journal.RosterCopy",
        "journal.Sealing",
        "journal.Segment",
        "journal.SegmentHeader",
        "journal.SegmentPool",
        "journal.SegmentScan",
        "journal.Segments",
        "journal.Summary",
        "journal.Tail",
        "support.Admission",
        "support.Call",
        "support.Callbacks",
        "support.Completion",
        "support.DeadlineQueue",
        "support.EngineContext",
        "support.HealthRules",
        "support.IoFailures",
        "support.Lifecycle",
        "support.LoadCall",
        "support.LocalSpool",
        "support.Readers",
        "support.Recovery",
        "support.ScanCall",
        "support.Scans",
        "support.Scarcity",
        "support.Shutdown",
        "support.SpaceGuard",
        "support.SpaceWatch",
        "support.SpoolThreads",
        "support.SystemDisk",
        "support.SystemDiskFile",
        "support.Tasks",
        "support.Ticks",
        "support.Timers",
        "support.Workers",
        "support.WriteCall",
        "support.Zeros"
      })
  void noLambdaIsLinkedLater(String type) throws ReflectiveOperationException {
    List<String> late = new ArrayList<>();
    addLate(Class.forName("dev.spool." + type), late);
    late.removeAll(AT_EACH_OPENING);
    assertThat(late).isEmpty();
  }

  private static void addLate(Class<?> type, List<String> late) {
    for (String method : linking(type)) {
      if (!LINKED_OR_UNUSED.contains(method)) {
        late.add(type.getSimpleName() + '.' + method);
      }
    }
    for (Class<?> nested : type.getDeclaredClasses()) {
      addLate(nested, late);
    }
  }

  /** Returns the methods in which something is linked; "" is a constructor. */
  private static List<String> linking(Class<?> type) {
    List<String> methods = new ArrayList<>();
    String name = type.getName();
    URL file =
        Objects.requireNonNull(
            type.getResource(name.substring(name.lastIndexOf('.') + 1) + ".class"));
    StringWriter code = new StringWriter();
    PrintWriter out = new PrintWriter(code);
    int failed =
        ToolProvider.findFirst("javap").orElseThrow().run(out, out, "-c", "-p", file.toString());
    assertThat(failed).as(code.toString()).isZero();
    String method = "";
    for (String line : code.toString().lines().toList()) {
      if (line.startsWith("  ") && !line.startsWith("   ")) {
        Matcher header = METHOD.matcher(line);
        method = header.matches() ? header.group(1) : line.equals(STATIC) ? CLASS_INITIALIZER : "";
      } else if (line.contains("invokedynamic")) {
        methods.add(method);
      }
    }
    return methods;
  }

  private static boolean mentions(byte[] code, String name) {
    return new String(code, StandardCharsets.ISO_8859_1).contains(name);
  }
}
