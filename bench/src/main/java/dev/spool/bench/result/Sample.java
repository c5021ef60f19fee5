package dev.spool.bench.result;

import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one process measured.
 *
 * @param repetition from 1; those of one number ran one after another
 * @param failure why there are no figures; null if there are
 */
public record Sample(
    String engine,
    Case row,
    int repetition,
    Map<Figure, Double> figures,
    @Nullable String failure) {}
