package dev.spool.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes an mbox apart, as one that was written in the variant mboxrd, from any stream and of any
 * length, holding one message at a time.
 *
 * <p>A message begins at a line of {@code From}, a sender and a date ({@link FromLine}), and ends
 * before the next one, or at the end. The empty line before that is the format's, not the
 * message's, and is taken away, with the line end that the message's From_ line has. A line of one
 * or more {@code >} and {@code From} behind them loses one {@code >}. Nothing else is changed:
 * everything is bytes, and only LF ends a line.
 *
 * <p>Not thread-safe.
 */
final class MboxReader {
  private static final int CHUNK = 64 << 10;

  /** So much more than a message may have is held: its end and quoting are not known yet. */
  private static final int SLACK = 2 * FromLine.LONGEST;

  private final InputStream in;
  private final long limit;

  private final byte[] chunk = new byte[CHUNK];
  private int chunkFrom;
  private int chunkTo;

  /** What was read of the message, quoting removed; the line that is being read is its last. */
  private byte[] content = new byte[CHUNK];

  private int size;
  private int lineFrom;

  /** How many bytes of the current line were not kept. */
  private long dropped;

  /** How many bytes were read by lines so far. */
  private long position;

  private boolean started;

  /** Of the message to come; null at the end. */
  private @Nullable FromLine fromLine;

  private boolean crlf;
  private long offset;

  /**
   * Makes a reader.
   *
   * @param in the mbox, which the caller closes
   * @param limit how many bytes of a message to hold; of a longer one only the length is told
   */
  MboxReader(InputStream in, long limit) {
    this.in = in;
    this.limit = limit;
  }

  /**
   * Returns the next message, or null at the end.
   *
   * @throws NotMboxException if it does not begin with a From_ line
   */
  @Nullable MboxMessage next() throws IOException {
    if (!started) {
      started = true;
      start();
    }
    FromLine begun = fromLine;
    return begun == null ? null : read(begun);
  }

  /**
   * Tells whether the stream begins with a From_ line. To be asked of a reader that is not read.
   */
  boolean beginsAsMbox() throws IOException {
    try {
      start();
      return fromLine != null;
    } catch (NotMboxException e) {
      return false;
    }
  }

  /** Returns where the From_ line of the message that is being read begins, in bytes. */
  long offset() {
    return offset;
  }

  /** Finds the first From_ line; there may be empty lines before it, and nothing else. */
  private void start() throws IOException {
    do {
      offset = position;
      size = 0;
      if (!readLine()) {
        return;
      }
    } while (isEmptyLine());
    if (!beginMessage()) {
      throw new NotMboxException();
    }
  }

  private MboxMessage read(FromLine begun) throws IOException {
    Body body = new Body(crlf, offset, position);
    size = 0;
    fromLine = null;
    while (readLine()) {
      if (beginMessage()) {
        break;
      }
      body.take();
    }
    return body.finish(begun);
  }

  /** Tells whether the current line begins a message, and notes it if so. */
  private boolean beginMessage() {
    FromLine found = dropped > 0 ? null : FromLine.parse(content, lineFrom, lineEnd());
    if (found == null) {
      return false;
    }
    fromLine = found;
    crlf = size - lineEnd() == 2;
    offset = position - (size - lineFrom);
    return true;
  }

  /** Reads a line, with its end, to the end of {@code content}; false at the end of the mbox. */
  private boolean readLine() throws IOException {
    lineFrom = size;
    dropped = 0;
    long before = position;
    while (fill()) {
      int end = chunkFrom;
      while (end < chunkTo && chunk[end] != '\n') {
        end++;
      }
      boolean complete = end < chunkTo;
      append(complete ? end + 1 : end);
      if (complete) {
        return true;
      }
    }
    return position > before;
  }

  private boolean fill() throws IOException {
    if (chunkFrom == chunkTo) {
      chunkFrom = 0;
      chunkTo = Math.max(0, in.read(chunk, 0, chunk.length));
    }
    return chunkFrom < chunkTo;
  }

  private void append(int to) {
    int count = to - chunkFrom;
    int kept =
        (int) Math.max(0, Math.min(count, Math.min(limit + SLACK, Integer.MAX_VALUE - 8) - size));
    if (content.length - size < kept) {
      long doubled = Math.min(Integer.MAX_VALUE - 8L, 2L * content.length);
      content = Arrays.copyOf(content, (int) Math.max(doubled, size + (long) kept));
    }
    System.arraycopy(chunk, chunkFrom, content, size, kept);
    size += kept;
    dropped += count - kept;
    chunkFrom = to;
    position += count;
  }

  /** Returns where the current line ends, before its LF or CRLF. */
  private int lineEnd() {
    int end = size;
    if (end > lineFrom && content[end - 1] == '\n') {
      end--;
      if (end > lineFrom && content[end - 1] == '\r') {
        end--;
      }
    }
    return end;
  }

  private boolean isEmptyLine() {
    return dropped == 0 && size > lineFrom && lineEnd() == lineFrom;
  }

  /** What is gathered of one message, line by line. */
  private final class Body {
    private final boolean crlf;
    private final long offset;
    private final long from;
    private final List<String> doubts = new ArrayList<>();
    private boolean tooLarge;
    private long unquoted;

    /** The length of the last line, if it is empty; else 0. */
    private int emptyLine;

    Body(boolean crlf, long offset, long from) {
      this.crlf = crlf;
      this.offset = offset;
      this.from = from;
    }

    /** Takes the current line for one of the message. */
    void take() {
      if (FromLine.begins(content, lineFrom, size)) {
        doubt("a line in it begins with 'From ' and has no date: it was taken for text");
      }
      unquote();
      emptyLine = isEmptyLine() ? size - lineFrom : 0;
      if (dropped > 0 || size > limit + 4) {
        tooLarge = true;
      }
      if (tooLarge) {
        size = 0;
      }
    }

    private void unquote() {
      int at = lineFrom;
      while (at < size && content[at] == '>') {
        at++;
      }
      if (at > lineFrom && FromLine.begins(content, at, size)) {
        System.arraycopy(content, lineFrom + 1, content, lineFrom, size - lineFrom - 1);
        size--;
        unquoted++;
      }
    }

    MboxMessage finish(FromLine begun) {
      boolean last = fromLine == null;
      // The current line is the next From_ line, or, at the end, there is none.
      int end = last ? size : lineFrom;
      long length = (last ? position : MboxReader.this.offset) - from;
      int terminator = emptyLine == 2 && !crlf ? 0 : emptyLine;
      if (terminator == 0 && !last) {
        doubt("there is no empty line behind it, before the next From_ line");
      }
      byte[] data = tooLarge ? null : Arrays.copyOf(content, end - terminator);
      long raw = length - terminator;
      if (data != null && ContentLength.contradicts(data, unquoted, raw)) {
        doubt("its Content-Length does not fit mboxrd; is the mbox in the variant mboxcl2?");
      }
      if (content.length > 16 * CHUNK) {
        content =
            new byte[CHUNK]; // one that is large shall not cost its memory for all that follow
      }
      return new MboxMessage(offset, begun.date(), data, raw, List.copyOf(doubts));
    }

    private void doubt(String what) {
      if (!doubts.contains(what)) {
        doubts.add(what);
      }
    }
  }
}
