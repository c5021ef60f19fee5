package dev.spool.micrometer;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a spool of each backend publishes, once it has been used. */
record Published(Map<String, Map<String, Facts>> meters, TreeSet<String> metrics) {

  /**
   * What is said of a meter.
   *
   * @param tags the keys of the tags, but for those that each meter has
   */
  record Facts(String type, String unit, String tags) {}

  /** Opens one of each in {@code directory}, all in one registry. */
  static Published in(Path directory) {
    Map<String, Map<String, Facts>> meters = new TreeMap<>();
    PrometheusMeterRegistry all = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    all.throwExceptionOnRegistrationFailure();
    TreeSet<String> metrics = new TreeSet<>();
    for (String backend : TestSpools.BACKENDS) {
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      registry.throwExceptionOnRegistrationFailure();
      Spool opened = TestSpools.open(backend, directory.resolve(backend));
      SpoolMetrics beside = new SpoolMetrics(opened);
      try (MeteredSpool spool = new MeteredSpool(opened, registry)) {
        beside.bindTo(all);
        use(spool);
        Map<String, Facts> facts = new TreeMap<>();
        registry.getMeters().forEach(meter -> facts.put(meter.getId().getName(), facts(meter)));
        meters.put(backend, facts);
        metrics.addAll(names(registry.scrape()));
      }
    }
    metrics.addAll(names(all.scrape()));
    return new Published(meters, metrics);
  }

  private static void use(Spool spool) {
    SpoolId id = SpoolId.random();
    spool.store(id, new byte[10]).join();
    spool.load(id).join();
    spool.remove(id, Durability.SYNC, null).join();
  }

  private static Facts facts(Meter meter) {
    String unit = meter.getId().getBaseUnit();
    return new Facts(
        meter.getId().getType().name().toLowerCase(Locale.ROOT),
        unit == null ? "" : unit,
        meter.getId().getTags().stream()
            .map(Tag::getKey)
            .filter(key -> !key.equals("spool") && !key.equals("backend"))
            .sorted()
            .collect(Collectors.joining(", ")));
  }

  private static TreeSet<String> names(String scrape) {
    TreeSet<String> names = new TreeSet<>();
    Matcher samples = Pattern.compile("(?m)^(\\w+)\\{").matcher(scrape);
    while (samples.find()) {
      names.add(samples.group(1));
    }
    return names;
  }

  /** Returns the names of metrics in a text. */
  static TreeSet<String> namedIn(String text) {
    TreeSet<String> names = new TreeSet<>();
    Matcher words = Pattern.compile("(?<![\\w/.-])spool_\\w+").matcher(text);
    while (words.find()) {
      names.add(words.group());
    }
    return names;
  }
}
