/** A spool's latencies, failures, health and figures as Micrometer meters. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // Micrometer has no module descriptor
module dev.spool.micrometer {
  requires transitive dev.spool;
  requires transitive micrometer.core;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.spool.micrometer;
}
