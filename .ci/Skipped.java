import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Lists the tests that a build has skipped, and why; run in the root after {@code mvn verify}. Fails
 * where one is skipped for what a machine lacks, and where a class has run no test at all.
 *
 * <pre>{@code
 * java .ci/Skipped.java                        # of the build in target
 * java .ci/Skipped.java target target/jdk25    # of several
 * }</pre>
 */
public final class Skipped {
  /** What no machine can change. */
  private static final Pattern RIGHTLY =
      Pattern.compile(
          "in the long form only, -Pstress" // which has a run of its own
              + "|not granted by this machine: .*"
              + "|root may (read everything|write everywhere)" // others take root
              + "|this JVM has no -XX:.*"
              + "|\\S+ removes nothing"); // a store that others are measured beside

  private final List<String> skipped = new ArrayList<>();
  private final List<String> wrongly = new ArrayList<>();

  private Skipped() {}

  public static void main(String[] args) throws Exception {
    Skipped skipped = new Skipped();
    for (String target : args.length == 0 ? new String[] {"target"} : args) {
      skipped.read(target);
    }
    System.out.println(skipped.skipped.size() + " tests were skipped");
    skipped.skipped.forEach(System.out::println);
    if (!skipped.wrongly.isEmpty()) {
      System.out.println("\nThese should have run:");
      skipped.wrongly.forEach(System.out::println);
      System.exit(1);
    }
  }

  private void read(String target) throws Exception {
    List<Path> reports;
    try (Stream<Path> files = Files.list(Path.of(""))) {
      reports = files.map(module -> module.resolve(target).resolve("surefire-reports")).filter(Files::isDirectory).sorted().toList();
    }
    int read = 0;
    for (Path directory : reports) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(Skipped::isReport).sorted().toList()) {
          read(target, DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getDocumentElement());
          read++;
        }
      }
    }
    if (read == 0) {
      throw new IOException("there is no report in */" + target + "/surefire-reports");
    }
  }

  private static boolean isReport(Path file) {
    return file.getFileName().toString().matches("TEST-.*\\.xml");
  }

  private void read(String target, Element suite) {
    NodeList cases = suite.getElementsByTagName("testcase");
    if (cases.getLength() == 0) { // an error that surefire does not tell of
      wrongly.add(target + ": " + suite.getAttribute("name") + " has run no test");
    }
    for (int i = 0; i < cases.getLength(); i++) {
      Element each = (Element) cases.item(i);
      NodeList marks = each.getElementsByTagName("skipped");
      if (marks.getLength() > 0) {
        String reason = reason((Element) marks.item(0));
        String line = target + ": " + each.getAttribute("classname").replaceFirst(".*\\.", "") + "#" + each.getAttribute("name") + ": " + reason;
        skipped.add(line);
        if (!RIGHTLY.matcher(reason).matches()) {
          wrongly.add(line);
        }
      }
    }
  }

  /** A condition says it by its message, an assumption in the first lines of its stack trace. */
  private static String reason(Element mark) {
    String said = mark.getAttribute("message");
    if (said.isEmpty()) {
      said = mark.getTextContent().replaceFirst("(?s)\n\tat .*", "").replaceFirst("^\\S+Exception: ", "");
    }
    return said.replaceFirst("^Assumption failed: ", "")
        .replaceFirst("^.* ==> ", "")
        .replaceFirst("^skipped: ", "")
        .replaceAll("\\s+", " ")
        .strip();
  }
}
