package dev.spool.bench.result;

import java.util.List;

/**
 * What stands beside an engine's figures.
 *
 * @param configuration what was set, in words for the reader of the table
 * @param version of the library that it is
 * @param cannot the workloads of the run that it has no means for
 */
public record EngineFacts(String configuration, String version, List<String> cannot) {}
