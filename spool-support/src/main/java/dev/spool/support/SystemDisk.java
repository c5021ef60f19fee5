package dev.spool.support;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file system of this machine, as the JDK offers it.
 *
 * <p>The mode given at creation is cut down by the umask, so a mode that the umask would cut is set
 * again afterwards. The umask is asked for once, of {@code /proc}, since a second call for each
 * file would be paid by every message; where it cannot be known the mode is always set.
 */
final class SystemDisk implements Disk {
  private final DiskPermissions permissions;
  private final boolean umaskCutsFiles;
  private final boolean umaskCutsDirectories;
  private final boolean posix;
  private final FileSystemSyncs fileSystemSyncs = new FileSystemSyncs();

  SystemDisk(DiskPermissions permissions) {
    this.permissions = permissions;
    this.posix = Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix");
    Set<PosixFilePermission> umask = umask();
    this.umaskCutsFiles = intersect(permissions.file(), umask);
    this.umaskCutsDirectories = intersect(permissions.directory(), umask);
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileChannel channel = FileChannel.open(file, options, mode(permissions.file()));
    if (umaskCutsFiles) {
      try {
        setMode(file, permissions.file());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
    return new SystemDiskFile(file, channel);
  }

  @Override
  public DiskFile createFilled(Path file, long length, Runnable pause) throws IOException {
    DiskFile created = create(file);
    boolean done = false;
    try {
      if (!Zeros.writeDirectly(file, length, pause)) {
        Zeros.write(created, length, pause);
      }
      done = true;
      return created;
    } finally {
      if (!done) {
        created.close();
      }
    }
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return new SystemDiskFile(file, FileChannel.open(file, OpenDirectory.READ));
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return new SystemDiskFile(
        file,
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
  }

  @Override
  public @Nullable DiskFile openDirect(Path file) {
    FileChannel channel = DirectChannels.open(file);
    return channel == null ? null : new SystemDiskFile(file, channel);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return Files.deleteIfExists(path);
  }

  @Override
  public boolean createDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory, mode(permissions.directory()));
    } catch (FileAlreadyExistsException e) {
      if (facts(directory).directory()) {
        return false;
      }
      throw e;
    }
    if (umaskCutsDirectories) {
      setMode(directory, permissions.directory());
    }
    return true;
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    Path present = directory.toAbsolutePath().normalize();
    while (!isDirectory(present)) {
      missing.push(present);
      Path parent = present.getParent();
      if (parent == null) {
        throw new NoSuchFileException(present.toString());
      }
      present = parent;
    }
    forceParentOfExisting(present);
    for (Path next : missing) {
      // Somebody else may be making the same ones; whoever comes second still forces, since the
      // first may not have yet.
      createDirectory(next);
      force(present);
      present = next;
    }
  }

  private boolean isDirectory(Path path) throws IOException {
    try {
      if (Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
        return true;
      }
      throw new FileAlreadyExistsException(path.toString(), null, "not a directory");
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Forces the name of a directory that was found, in case that whoever made it had no time to. One
   * whose parent may not be read was not made by this user, or not through here.
   */
  private void forceParentOfExisting(Path directory) throws IOException {
    Path parent = realPath(directory).getParent();
    if (parent != null) {
      try {
        force(parent);
      } catch (AccessDeniedException e) {
        return;
      }
    }
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    force(directory, LinkOption.NOFOLLOW_LINKS);
  }

  private static void force(Path directory, OpenOption... more) throws IOException {
    Set<OpenOption> options = new HashSet<>(Set.of(more));
    options.add(StandardOpenOption.READ);
    try (FileChannel channel = FileChannel.open(directory, options)) {
      channel.force(true);
    }
  }

  @Override
  public @Nullable DiskSync openSync(Path directory) {
    return fileSystemSyncs.open(directory);
  }

  @Override
  public void list(Path directory, DirectoryVisitor visitor) throws IOException {
    // The JDK would follow a link, out of the spool.
    if (!facts(directory).directory()) {
      throw new NotDirectoryException(directory.toString());
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!visitor.visit(entry)) {
          return;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @SuppressWarnings("StreamResourceLeak") // it is the caller's to close
  @Override
  public DiskDirectory openDirectory(Path directory) throws IOException {
    if (!facts(directory).directory()) { // as above; and a pipe would be waited for
      throw new NotDirectoryException(directory.toString());
    }
    DirectoryStream<Path> entries = Files.newDirectoryStream(directory);
    if (entries instanceof SecureDirectoryStream<Path> open) {
      return new OpenDirectory(directory, open);
    }
    entries.close();
    return DiskDirectory.ofPath(this, directory);
  }

  @Override
  public FileFacts facts(Path path) throws IOException {
    return facts(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
  }

  static FileFacts facts(BasicFileAttributes attributes) {
    return new FileFacts(
        attributes.isDirectory(),
        attributes.isRegularFile(),
        attributes.isSymbolicLink(),
        attributes.size(),
        attributes.lastModifiedTime().toInstant(),
        attributes.fileKey());
  }

  @Override
  public Set<PosixFilePermission> permissions(Path path) throws IOException {
    return posix ? Files.getPosixFilePermissions(path) : Set.of();
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return path.toRealPath();
  }

  @Override
  public DiskSpace space(Path path) throws IOException {
    // Not File.getUsableSpace, whose 0 means "none" and "unknown" alike, unless the mount point
    // cannot be found, as under
    // chroot, where FileStore does not work at all.
    long total;
    long usable;
    try {
      FileStore store = Files.getFileStore(path);
      total = store.getTotalSpace();
      usable = store.getUsableSpace();
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      File file = path.toFile();
      total = file.getTotalSpace();
      usable = file.getUsableSpace();
      if (total == 0) {
        throw e;
      }
    }
    Inodes inodes = NativeCalls.inodes(path);
    return inodes == null
        ? new DiskSpace(total, usable, 0, 0)
        : new DiskSpace(total, usable, inodes.total(), inodes.free());
  }

  @Override
  public String fileSystemType(Path path) throws IOException {
    return Files.getFileStore(path).type();
  }

  private FileAttribute<?>[] mode(Set<PosixFilePermission> mode) {
    return posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)}
        : new FileAttribute<?>[0];
  }

  private void setMode(Path path, Set<PosixFilePermission> mode) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      view.setPermissions(mode);
    }
  }

  private static boolean intersect(Set<PosixFilePermission> a, Set<PosixFilePermission> b) {
    Set<PosixFilePermission> both = new HashSet<>(a);
    both.retainAll(b);
    return !both.isEmpty();
  }

  /** Returns what the umask takes away; if that cannot be known, everything. */
  private static Set<PosixFilePermission> umask() {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("Umask:")) {
          return DiskPermissions.parse(line.substring("Umask:".length()).strip());
        }
      }
    } catch (IOException | RuntimeException e) {
      // Not Linux, or no /proc here.
      return Set.of(PosixFilePermission.values());
    }
    return Set.of(PosixFilePermission.values());
  }

  /** The number of files that a file system can hold and still take. */
  record Inodes(long total, long free) {
    static @Nullable Inodes of(long total, long free) {
      return total > 0 && free >= 0 ? new Inodes(total, free) : null;
    }
  }
}
