package dev.spool.cli;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of an mbox.
 *
 * @param offset where its From_ line begins, in bytes from the start
 * @param date what its From_ line says; null if that cannot be read
 * @param data its bytes; null if they are more than the reader was to hold
 * @param length how many bytes of the mbox it takes, without the From_ line
 * @param doubts what may have been read in another way than it was written
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, and never compared
record MboxMessage(
    long offset,
    @Nullable Instant date,
    byte @Nullable [] data,
    long length,
    List<String> doubts) {}
