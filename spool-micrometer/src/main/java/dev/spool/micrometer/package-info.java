/**
 * Micrometer meters of spools: {@link dev.spool.micrometer.MeteredSpool} around a spool measures
 * its calls and publishes its figures; {@link dev.spool.micrometer.SpoolMetrics} publishes the
 * figures alone.
 */
@NullMarked
package dev.spool.micrometer;

import org.jspecify.annotations.NullMarked;
