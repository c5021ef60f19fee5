/**
 * {@code spool demo}: kills a process that stores mail, fills a spool, breaks a message, and shows
 * what became of every acknowledged one.
 */
@NullMarked
package dev.spool.cli.demo;

import org.jspecify.annotations.NullMarked;
