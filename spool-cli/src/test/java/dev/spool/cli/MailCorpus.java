package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Real and malformed mail, from the tests of Apache James Mime4j: the messages, and what their
 * parts and parses are compared with.
 */
final class MailCorpus {
  private MailCorpus() {}

  /** Extracts all of it into a directory, which is there; returns the files. */
  static List<Path> extract(Path directory) throws IOException, URISyntaxException {
    URL message = MailCorpus.class.getResource("/testmsgs/basic-plain.msg");
    assertThat(message).isNotNull();
    String file = message.getPath(); // file:/path/to.jar!/testmsgs/basic-plain.msg
    Path jar = Path.of(new URI(file.substring(0, file.indexOf('!'))));
    List<Path> files = new ArrayList<>();
    try (InputStream in = Files.newInputStream(jar);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (!entry.isDirectory() && name.matches("(mimetools-)?testmsgs/.*")) {
          files.add(Files.write(directory.resolve(name.replace('/', '-')), zip.readAllBytes()));
        }
      }
    }
    assertThat(files).hasSizeGreaterThan(400);
    return files;
  }
}
