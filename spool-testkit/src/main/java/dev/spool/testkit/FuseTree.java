package dev.spool.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PowerCutDisk} as the kernel wants a file system to be: things have numbers, of which a
 * name leads to one, and a file that is open stays although its name is gone.
 *
 * <p>A number is used once. After the power has failed, or the process has died, all numbers but
 * the root's are void: who has a file open has lost it. What the disk holds is seen below the root,
 * and below a directory {@code life-N} there, where N counts those ends: who goes on using the
 * paths of an earlier life finds nothing, and changes nothing. Safe for use by any number of
 * threads.
 */
final class FuseTree {
  static final long ROOT = 1;
  private static final int FILE = 0100000;
  private static final int DIRECTORY = 0040000;
  private static final int PERMISSIONS = 07777;
  private static final Path TOP = Path.of("/");

  /** What the kernel is told of a file or directory. */
  record Attributes(long node, int mode, long length, long modified) {
    boolean isDirectory() {
      return (mode & DIRECTORY) != 0;
    }
  }

  /** An entry of a directory. */
  record Entry(long node, boolean directory, String name) {}

  /** A file or directory. */
  private static final class Node {
    final long number;
    int mode;
    long modified = System.currentTimeMillis();

    /** Null once it has no name any more. */
    @Nullable Path path;

    /** By which it was found or opened last: it can be opened when it has no name any more. */
    @Nullable DiskFile file;

    Node(long number, Path path, int mode) {
      this.number = number;
      this.path = path;
      this.mode = mode;
    }

    Path name() throws NoSuchFileException {
      if (path == null) {
        throw new NoSuchFileException("a file without a name");
      }
      return path;
    }
  }

  /** What was opened. */
  private record Open(Node node, @Nullable DiskFile file, List<Entry> entries) {}

  @GuardedBy("this")
  private PowerCutDisk disk;

  @GuardedBy("this")
  private final Map<Long, Node> nodes = new HashMap<>();

  @GuardedBy("this")
  private final Map<Path, Node> named = new HashMap<>();

  /** Who may use what; it outlives the machine. */
  @GuardedBy("this")
  private final Map<Path, Integer> permissions = new HashMap<>();

  @GuardedBy("this")
  private final Map<Long, Open> opened = new HashMap<>();

  @GuardedBy("this")
  private long lastNumber = ROOT;

  @GuardedBy("this")
  private long life;

  /** The root, as the directory that is named after this life. */
  @GuardedBy("this")
  private long lifeNumber;

  FuseTree(PowerCutDisk disk) throws IOException {
    this.disk = disk;
    use(disk);
  }

  /** Has another disk from now on. */
  synchronized void use(PowerCutDisk other) throws IOException {
    disk = other;
    disk.createDirectories(TOP);
    permissions.clear();
    forgetAll();
  }

  synchronized PowerCutDisk disk() {
    return disk;
  }

  /** The process or the machine has died: what was open is not any more. */
  synchronized void forgetAll() {
    nodes.clear();
    named.clear();
    opened.clear();
    Node root = new Node(ROOT, TOP, DIRECTORY | 0755);
    nodes.put(ROOT, root);
    named.put(TOP, root);
    life++;
    lifeNumber = ++lastNumber;
    nodes.put(lifeNumber, new Node(lifeNumber, TOP, DIRECTORY | 0755));
  }

  /** Returns which life this is. */
  synchronized long life() {
    return life;
  }

  @GuardedBy("this")
  private boolean isLife(long parent, String name) {
    return parent == ROOT && name.equals("life-" + life);
  }

  // Names

  synchronized Attributes lookup(long parent, String name) throws IOException {
    if (isLife(parent, name)) {
      return attributes(node(lifeNumber));
    }
    Path path = path(parent, name);
    FileFacts facts = disk.facts(path);
    Node node = named.get(path);
    if (node == null) {
      int type = facts.directory() ? DIRECTORY : FILE;
      node = add(path, type | permissions.getOrDefault(path, 0644));
    }
    if (!facts.directory() && node.file == null) {
      node.file = disk.openWrite(path); // it may lose its name before it is opened
    }
    return attributes(node);
  }

  synchronized boolean isDirectory(long parent, String name) {
    try {
      return isLife(parent, name) || disk.facts(path(parent, name)).directory();
    } catch (IOException | PowerCutDisk.PowerFailure e) {
      return false;
    }
  }

  synchronized boolean isDirectory(long number) {
    Node node = nodes.get(number);
    return node != null && (node.mode & DIRECTORY) != 0;
  }

  synchronized Attributes makeDirectory(long parent, String name, int mode) throws IOException {
    Path path = path(parent, name);
    if (!disk.createDirectory(path)) {
      throw new FileAlreadyExistsException(name);
    }
    return attributes(add(path, DIRECTORY | (mode & PERMISSIONS)));
  }

  synchronized void delete(long parent, String name, boolean directory) throws IOException {
    Path path = path(parent, name);
    boolean isDirectory = disk.facts(path).directory();
    if (isDirectory != directory) {
      throw new NotDirectoryException(name);
    }
    if (isDirectory) {
      disk.list(
          path,
          entry -> {
            throw new DirectoryNotEmptyException(name);
          });
    }
    boolean unused = disk.deleteIfExists(path);
    unname(named.remove(path));
  }

  synchronized void rename(
      long parent, String name, long newParent, String newName, boolean replacing)
      throws IOException {
    Path from = path(parent, name);
    Path to = path(newParent, newName);
    if (!replacing && disk.exists(to)) {
      throw new FileAlreadyExistsException(newName);
    }
    if (disk.facts(from).directory()) {
      throw new IOException(Errno.EOPNOTSUPP.words());
    }
    disk.rename(from, to);
    if (from.equals(to)) {
      return;
    }
    unname(named.remove(to));
    Node node = named.remove(from);
    if (node != null) {
      node.path = to;
      named.put(to, node);
      permissions.put(to, node.mode & PERMISSIONS);
    }
  }

  @GuardedBy("this")
  private Path path(long parent, String name) throws NoSuchFileException {
    return node(parent).name().resolve(name);
  }

  @GuardedBy("this")
  private Node node(long number) throws NoSuchFileException {
    Node node = nodes.get(number);
    if (node == null) {
      throw new NoSuchFileException("number " + number);
    }
    return node;
  }

  @GuardedBy("this")
  private Node add(Path path, int mode) {
    Node node = new Node(++lastNumber, path, mode);
    permissions.put(path, mode & PERMISSIONS);
    nodes.put(node.number, node);
    named.put(path, node);
    return node;
  }

  private static void unname(@Nullable Node node) {
    if (node != null) {
      node.path = null;
    }
  }

  // What is known of them

  synchronized Attributes attributes(long number) throws IOException {
    return attributes(node(number));
  }

  @GuardedBy("this")
  private Attributes attributes(Node node) throws IOException {
    long length = 0;
    if ((node.mode & FILE) != 0) {
      DiskFile file = node.file;
      length = node.path == null && file != null ? file.size() : disk.facts(node.name()).length();
    }
    return new Attributes(node.number, node.mode, length, node.modified);
  }

  synchronized void permissions(long number, int mode) throws IOException {
    Node node = node(number);
    node.mode = (node.mode & ~PERMISSIONS) | (mode & PERMISSIONS);
    if (node.path != null) {
      permissions.put(node.path, mode & PERMISSIONS);
    }
  }

  synchronized void modified(long number, long when) throws IOException {
    node(number).modified = when;
  }

  synchronized void length(long number, long length) throws IOException {
    Node node = node(number);
    DiskFile file = node.path == null ? node.file : disk.openWrite(node.name());
    if (file == null) {
      throw new NoSuchFileException("a file without a name");
    }
    long now = file.size();
    if (length < now) {
      file.truncate(length);
    } else if (length > now) {
      file.write(ByteBuffer.allocate(1), length - 1);
    }
    node.modified = System.currentTimeMillis();
  }

  // Files

  /** Returns by which number it is read and written from now on. */
  synchronized long create(long parent, String name, int mode) throws IOException {
    Path path = path(parent, name);
    DiskFile file = disk.create(path);
    return open(add(path, FILE | (mode & PERMISSIONS)), file);
  }

  synchronized long open(long number) throws IOException {
    Node node = node(number);
    DiskFile file = node.path == null ? node.file : disk.openWrite(node.name());
    if (file == null) {
      throw new NoSuchFileException("a file without a name");
    }
    return open(node, file);
  }

  @GuardedBy("this")
  private long open(Node node, DiskFile file) {
    node.file = file;
    opened.put(++lastNumber, new Open(node, file, List.of()));
    return lastNumber;
  }

  /** Returns how many bytes there were. */
  synchronized int read(long open, ByteBuffer buffer, long position) throws IOException {
    return Math.max(0, file(open).read(buffer, position));
  }

  synchronized void write(long open, ByteBuffer bytes, long position) throws IOException {
    file(open).write(bytes, position);
    opened(open).node.modified = System.currentTimeMillis();
  }

  /** Forces a file; or says that it failed, and drops what it was to force. */
  synchronized void force(long open, boolean drops) throws IOException {
    if (drops) {
      disk.failNextForce();
    }
    file(open).force(true);
  }

  synchronized void close(long open) {
    opened.remove(open);
  }

  @GuardedBy("this")
  private Open opened(long open) throws IOException {
    Open found = opened.get(open);
    if (found == null) {
      throw new IOException("Stale file handle");
    }
    return found;
  }

  @GuardedBy("this")
  private DiskFile file(long open) throws IOException {
    return Objects.requireNonNull(opened(open).file, "a directory");
  }

  // Directories

  /** Returns by which number it is listed from now on, as it is now. */
  synchronized long openDirectory(long number) throws IOException {
    Node node = node(number);
    List<Entry> entries = new ArrayList<>();
    disk.list(
        node.name(),
        path -> {
          Attributes found = lookup(number, path.getFileName().toString());
          return entries.add(
              new Entry(found.node, found.isDirectory(), path.getFileName().toString()));
        });
    opened.put(++lastNumber, new Open(node, null, entries));
    return lastNumber;
  }

  synchronized List<Entry> entries(long open) throws IOException {
    return opened(open).entries;
  }

  /** Forces a directory; or says that it failed, and drops what it was to force. */
  synchronized void forceDirectory(long number, boolean drops) throws IOException {
    if (drops) {
      disk.failNextDirectoryForce();
    }
    disk.forceDirectory(node(number).name());
  }
}
