package dev.spool.cli.demo;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.cli.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * Flips one byte of one stored message, and shows that it is named, that all others are served, and
 * that quarantine moves it out of the way.
 */
final class BreakStage {
  private static final int MESSAGES = 50;

  private final Setting setting;
  private final String uri;
  private final Path directory;
  private final Random random;

  /** What was stored, under each id. */
  private final Map<SpoolId, byte[]> expected = new LinkedHashMap<>();

  BreakStage(Setting setting) {
    this.setting = setting;
    this.uri = setting.uri("file", "break-file");
    this.directory = setting.path("break-file");
    this.random = new Random(setting.seed());
  }

  void run() throws IOException {
    store();
    SpoolId victim = new ArrayList<>(expected.keySet()).get(random.nextInt(expected.size()));
    flip(victim);
    verify(victim);
    quarantine(victim);
  }

  private void store() {
    try (Spool spool = Spools.open(uri)) {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      for (int i = 0; i < MESSAGES; i++) {
        SpoolId id = SpoolId.random();
        byte[] message = setting.mail().message(id, random.nextInt(setting.mail().size()));
        expected.put(id, message);
        stores.add(spool.store(id, message.clone(), Durability.SYNC, null));
      }
      stores.forEach(CompletableFuture::join);
    }
  }

  /**
   * Flips a bit of a random byte of the message, in the file that holds it: the message comes
   * first.
   */
  private void flip(SpoolId id) throws IOException {
    byte[] message = Objects.requireNonNull(expected.get(id));
    String trace = "with ESMTP id " + id;
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      if (new String(bytes, StandardCharsets.ISO_8859_1).contains(trace)) {
        int at = random.nextInt(message.length);
        bytes[at] ^= 1;
        Files.write(file, bytes);
        setting.say(
            "  %-8s one bit of byte %d of message %s flipped, in %s",
            "file", at, id, directory.relativize(file));
        return;
      }
    }
    throw failure("no file holds message " + id);
  }

  private void verify(SpoolId victim) {
    try (Spool spool = Spools.open(uri + "&readOnly=true")) {
      List<SpoolEntry.Corrupt> damaged = scan(spool);
      if (damaged.size() != 1 || !victim.equals(damaged.get(0).id())) {
        throw failure("the scan named " + damaged + " as damaged, not " + victim);
      }
      setting.say("           verify names it    %s", damaged.get(0).error());
      try {
        spool.load(victim).join();
        throw failure("the damaged message was served");
      } catch (CompletionException e) {
        SpoolException refusal = SpoolException.unwrap(e);
        if (!(refusal instanceof MessageCorruptException)) {
          throw failure("loading the damaged message failed with " + refusal);
        }
        setting.say("           load() refuses     %s", refusal.getMessage());
      }
    }
    setting.say(
        "           the rest is served %s, byte for byte", Text.messages(expected.size() - 1));
  }

  private void quarantine(SpoolId victim) throws IOException {
    Path aside = setting.path("quarantine");
    try (Spool spool = Spools.open(uri)) {
      spool.quarantine(victim, aside).join();
      List<SpoolEntry.Corrupt> damaged = scan(spool);
      if (!damaged.isEmpty()) {
        throw failure("after quarantine the scan still named " + damaged);
      }
    }
    List<String> moved;
    try (Stream<Path> list = Files.list(aside)) {
      moved = list.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
    if (moved.size() < 2) {
      throw failure("quarantine left " + moved + ", not the message and the reason");
    }
    setting.say("           quarantine moves   it to %s; the spool is whole again", moved);
  }

  /** Compares all that is whole with what was stored, and returns what is damaged. */
  private List<SpoolEntry.Corrupt> scan(Spool spool) {
    List<SpoolEntry.Corrupt> damaged = new ArrayList<>();
    int whole = 0;
    try (EntryChannel channel = EntryChannel.bounded(256, 16L << 20)) {
      CompletableFuture<ScanReport> scan = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt corrupt) {
          damaged.add(corrupt);
        } else if (entry instanceof SpoolEntry.Item item
            && Arrays.equals(item.data(), expected.get(item.id()))) {
          whole++;
        } else {
          throw failure("the scan served something that was not stored: " + entry);
        }
      }
      scan.join();
    }
    if (whole != expected.size() - 1) {
      throw failure("only " + whole + " messages are served");
    }
    return damaged;
  }

  private static DemoFailure failure(String what) {
    return new DemoFailure("file, broken: " + what);
  }
}
