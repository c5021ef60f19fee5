package dev.spool.testkit;

import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.torture.Content;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a {@link DamageChild} has said of a spool that opened, held against what was in it. */
final class DamageAnswer {
  private final Map<SpoolId, Content> there;
  private final Map<SpoolId, Content> removed;
  private final Map<SpoolId, Content> last;
  private final Set<SpoolId> loaded = new HashSet<>();
  private final Set<SpoolId> scanned = new HashSet<>();
  private final Set<SpoolId> missing = new TreeSet<>();
  private final Set<SpoolId> back = new TreeSet<>();
  private final List<String> wrong = new ArrayList<>();
  private final Map<SpoolId, Content> stored = new HashMap<>();
  private boolean told;
  private boolean scanLooksWhole;

  DamageAnswer(
      List<String> lines,
      Map<SpoolId, Content> there,
      Map<SpoolId, Content> removed,
      Map<SpoolId, Content> last) {
    this.there = there;
    this.removed = removed;
    this.last = last;
    told = !lines.get(0).equals("OPENED " + SpoolHealth.State.HEALTHY);
    lines.forEach(this::read);
  }

  private void read(String line) {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "LOADED" -> {
        SpoolId id = SpoolId.parse(words[1]);
        loaded.add(id);
        compare(id, words, line);
      }
      case "SCANNED" -> {
        SpoolId id = SpoolId.parse(words[1]);
        if (!scanned.add(id)) {
          wrong.add("twice: " + line);
        }
        compare(id, words, line);
      }
      case "STORED" -> stored.put(SpoolId.parse(words[1]), content(words));
      case "MISSING" -> missing.add(SpoolId.parse(words[1]));
      case "FAILED", "CORRUPT" -> told = true;
      case "WHOLE" -> scanLooksWhole = true;
      case "UNTYPED" -> wrong.add(line);
      default -> {}
    }
  }

  private void compare(SpoolId id, String[] words, String line) {
    Content found = content(words);
    if (found.equals(removed.get(id))) {
      back.add(id);
    } else if (!found.equals(there.get(id)) && !found.equals(last.get(id))) {
      wrong.add("wrong bytes: " + line);
    }
  }

  private static Content content(String[] words) {
    return new Content(Integer.parseInt(words[2]), words[3]);
  }

  /** Returns what was stored then. */
  Map<SpoolId, Content> stored() {
    return stored;
  }

  /** Tells whether the spool has said, in any way, that something is wrong. */
  boolean told() {
    return told;
  }

  /** Returns what a load and a scan have shown. */
  Set<SpoolId> served() {
    Set<SpoolId> served = new HashSet<>(loaded);
    served.retainAll(scanned);
    return served;
  }

  /** Returns what was there, and is not: for a load, or in a scan that looks whole. */
  Set<SpoolId> lacks() {
    Set<SpoolId> lacks = new TreeSet<>(there.keySet());
    lacks.removeIf(id -> !missing.contains(id) && (scanned.contains(id) || !scanLooksWhole));
    return lacks;
  }

  /** Returns what was removed, and is there. */
  Set<SpoolId> back() {
    return back;
  }

  /** Returns what no damage excuses. */
  List<String> wrong() {
    return wrong;
  }
}
