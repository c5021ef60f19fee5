package dev.spool.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One message of the kernel, and the answers to it, as the FUSE protocol has them ({@code
 * linux/fuse.h}): a header of 40 bytes, then what belongs to the call. What is read from {@link
 * #body} is read in its order.
 */
final class FuseRequest {
  private static final int IN_HEADER = 40;
  private static final int OUT_HEADER = 16;
  private static final int ATTRIBUTES = 88;

  /** Of so many bytes each block is, by which the system counts. */
  private static final int BLOCK = 4096;

  private final ByteBuffer message;

  FuseRequest(byte[] bytes) {
    message = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    message.position(IN_HEADER);
  }

  int call() {
    return message.getInt(4);
  }

  /** Returns the number of the file or directory that it is about. */
  long node() {
    return message.getLong(16);
  }

  /** Returns what belongs to the call, from where it was read last. */
  ByteBuffer body() {
    return message;
  }

  /** Reads a name, which ends with a zero. */
  String name() {
    int begin = message.position();
    while (message.get() != 0) {
      // goes on to its end
    }
    return new String(
        message.array(), begin, message.position() - 1 - begin, StandardCharsets.UTF_8);
  }

  // Answers

  private ByteBuffer answer(int length) {
    ByteBuffer answer = ByteBuffer.allocate(OUT_HEADER + length).order(ByteOrder.nativeOrder());
    answer.position(8);
    answer.putLong(message.getLong(8));
    return answer;
  }

  private static ByteBuffer ready(ByteBuffer answer) {
    answer.flip();
    return answer.putInt(0, answer.limit());
  }

  ByteBuffer done() {
    return ready(answer(0));
  }

  ByteBuffer failed(Errno errno) {
    return ready(answer(0).putInt(4, -errno.number()));
  }

  /**
   * Agrees upon the protocol: version 7.31, of which all is that is used here, and every newer
   * kernel speaks it.
   */
  ByteBuffer initialized(int longestWrite) {
    int readAhead = message.getInt(IN_HEADER + 8);
    ByteBuffer answer = answer(64);
    answer.putInt(7).putInt(31).putInt(readAhead).putInt(0);
    answer.putShort((short) 64).putShort((short) 48).putInt(longestWrite).putInt(1);
    answer.position(answer.limit());
    return ready(answer);
  }

  ByteBuffer entry(FuseTree.Attributes found) {
    ByteBuffer answer = answer(40 + ATTRIBUTES);
    putEntry(answer, found);
    return ready(answer);
  }

  ByteBuffer created(FuseTree.Attributes found, long open) {
    ByteBuffer answer = answer(40 + ATTRIBUTES + 16);
    putEntry(answer, found);
    putOpen(answer, open);
    return ready(answer);
  }

  ByteBuffer opened(long open) {
    ByteBuffer answer = answer(16);
    putOpen(answer, open);
    return ready(answer);
  }

  ByteBuffer attributes(FuseTree.Attributes found) {
    ByteBuffer answer = answer(16 + ATTRIBUTES);
    answer.putLong(0).putLong(0);
    putAttributes(answer, found);
    return ready(answer);
  }

  ByteBuffer written(int length) {
    return ready(answer(8).putInt(length).putInt(0));
  }

  /** Returns room for what is read, to be filled, and given to {@link #read}. */
  ByteBuffer room(int length) {
    return answer(length);
  }

  ByteBuffer read(ByteBuffer filled) {
    return ready(filled);
  }

  ByteBuffer space(long bytes) {
    long blocks = bytes / BLOCK;
    ByteBuffer answer = answer(80);
    answer.putLong(blocks).putLong(blocks).putLong(blocks).putLong(1 << 20).putLong(1 << 20);
    answer.putInt(BLOCK).putInt(255).putInt(BLOCK);
    answer.position(answer.limit());
    return ready(answer);
  }

  /** Shows those entries of a directory that there is room for. */
  ByteBuffer entries(List<FuseTree.Entry> entries, int first, int room) {
    ByteBuffer answer = answer(room);
    for (int i = first; i < entries.size(); i++) {
      FuseTree.Entry entry = entries.get(i);
      byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
      int padded = name.length + 7 & ~7;
      if (answer.remaining() < 24 + padded) {
        break;
      }
      answer.putLong(entry.node()).putLong(i + 1).putInt(name.length);
      answer.putInt(entry.directory() ? 4 : 8).put(name);
      answer.position(answer.position() + padded - name.length);
    }
    return ready(answer);
  }

  /** Nothing of it may be kept: the kernel asks again each time. */
  private static void putEntry(ByteBuffer answer, FuseTree.Attributes found) {
    answer.putLong(found.node()).putLong(0).putLong(0).putLong(0).putLong(0);
    putAttributes(answer, found);
  }

  private static void putAttributes(ByteBuffer answer, FuseTree.Attributes found) {
    long seconds = found.modified() / 1000;
    int nanos = (int) (found.modified() % 1000) * 1_000_000;
    answer.putLong(found.node()).putLong(found.length()).putLong((found.length() + 511) / 512);
    answer.putLong(seconds).putLong(seconds).putLong(seconds);
    answer.putInt(nanos).putInt(nanos).putInt(nanos);
    answer.putInt(found.mode()).putInt(found.isDirectory() ? 2 : 1);
    answer.putInt(0).putInt(0).putInt(0).putInt(BLOCK).putInt(0);
  }

  /** Reads and writes pass the kernel's cache (FOPEN_DIRECT_IO): each of them is seen here. */
  private static void putOpen(ByteBuffer answer, long open) {
    answer.putLong(open).putInt(1).putInt(0);
  }
}
