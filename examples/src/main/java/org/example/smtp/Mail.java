package org.example.smtp;

import dev.spool.SpoolId;

/**
 * An accepted message.
 *
 * @param id its name in both spools
 * @param envelope from whom, and to whom
 * @param body exactly the bytes that the client sent
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not copied; nobody compares mails
public record Mail(SpoolId id, Envelope envelope, byte[] body) {}
