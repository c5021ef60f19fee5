package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolIOException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * Loads RocksDB's native library, once for the JVM, from a place that all JVMs of this user share.
 *
 * <p>RocksDB itself unpacks a copy for each JVM, which stays behind when the JVM is killed, or,
 * given a directory, deletes and rewrites the file that another JVM is running. Here the library is
 * unpacked under a name that tells its contents, into a file that is renamed into place when it is
 * whole, and never changed again. The directory belongs to this user, and nobody else can write to
 * it: what lies in it is executed.
 */
final class NativeLibrary {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /**
   * The name that {@link RocksDB#loadLibrary(List)} looks for: not the one in the jar, by an
   * oversight of RocksDB's.
   */
  private static final String LOADED_NAME = Environment.getJniLibraryFileName("rocksdbjni");

  @GuardedBy("NativeLibrary.class")
  private static boolean loaded;

  private NativeLibrary() {}

  /**
   * Loads the library, unless it is loaded.
   *
   * @param directory where to unpack it; null for a directory of this user's below {@code
   *     java.io.tmpdir}
   * @throws SpoolIOException if it cannot be unpacked or loaded
   */
  static synchronized void load(@Nullable Path directory) {
    if (loaded) {
      return;
    }
    Path base = directory == null ? shared() : directory;
    try {
      if (directory == null && Files.isSymbolicLink(base)) {
        throw new IOException(base + " is a symbolic link");
      }
      Path unpacked = unpack(base);
      RocksDB.loadLibrary(List.of(unpacked.toString()));
      loaded = true;
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new SpoolIOException(
          "cannot load RocksDB's native library from "
              + base
              + ": "
              + e
              + remedy(String.valueOf(e.getMessage())),
          e);
    }
  }

  /** Says what to do about what the operating system said. */
  static String remedy(String said) {
    return said.contains("libstdc++") || said.contains("libgcc")
        ? "; install it: apk add libstdc++ on Alpine"
        : "; if the directory cannot be written, or is mounted noexec, set nativeLibraryDirectory";
  }

  private static Path shared() {
    String user = System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9._-]", "_");
    return Path.of(System.getProperty("java.io.tmpdir"), "spool-rocksdbjni-" + user);
  }

  /** Returns the directory that holds the library. */
  static Path unpack(Path base) throws IOException {
    Resource resource = Resource.find();
    makePrivate(base);
    Path directory =
        base.resolve(String.format(Locale.ROOT, "%08x-%d", resource.crc, resource.size));
    Path library = directory.resolve(LOADED_NAME);
    if (!isWhole(library, resource)) {
      makePrivate(directory);
      Path temporary = Files.createTempFile(directory, "unpacking", ".tmp");
      try {
        resource.copyTo(temporary);
        Files.move(temporary, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
    return directory;
  }

  private static boolean isWhole(Path library, Resource resource) throws IOException {
    try {
      return Files.size(library) == resource.size && crc(library) == resource.crc;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static long crc(Path file) throws IOException {
    try (InputStream in = new CheckedInputStream(Files.newInputStream(file), new CRC32())) {
      in.transferTo(OutputStream.nullOutputStream());
      return ((CheckedInputStream) in).getChecksum().getValue();
    }
  }

  /**
   * Makes the directory, or checks that it is this user's, and that nobody else can put anything
   * into it.
   */
  private static void makePrivate(Path directory) throws IOException {
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (!Files.isDirectory(directory)) {
      if (directory.getParent() != null) {
        Files.createDirectories(directory.getParent());
      }
      try {
        if (posix) {
          Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
        } else {
          Files.createDirectory(directory);
        }
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(directory)) {
          throw e;
        }
      }
    }
    if (!posix) {
      return;
    }
    Path probe = Files.createTempFile(directory, "owner", ".tmp");
    try {
      if (!Files.getOwner(probe).equals(Files.getOwner(directory))) {
        throw new IOException(directory + " belongs to another user");
      }
    } finally {
      Files.deleteIfExists(probe);
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    if (permissions.contains(PosixFilePermission.OTHERS_WRITE)
        || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
      throw new IOException("others can write to " + directory);
    }
  }

  /** The library in RocksDB's jar. */
  private record Resource(URL url, String name, long size, long crc) {

    static Resource find() throws IOException {
      ClassLoader loader = RocksDB.class.getClassLoader();
      String name = Environment.getJniLibraryFileName("rocksdb");
      URL url = loader.getResource(name);
      if (url == null) {
        throw new IOException("RocksDB has no " + name + " for this platform");
      }
      URLConnection connection = url.openConnection();
      if (connection instanceof JarURLConnection jar) {
        return new Resource(url, name, jar.getJarEntry().getSize(), jar.getJarEntry().getCrc());
      }
      CRC32 crc = new CRC32();
      try (InputStream in = new CheckedInputStream(connection.getInputStream(), crc)) {
        long size = in.transferTo(OutputStream.nullOutputStream());
        return new Resource(url, name, size, crc.getValue());
      }
    }

    void copyTo(Path file) throws IOException {
      try (InputStream in = url.openStream()) {
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      }
      if (Files.size(file) != size || NativeLibrary.crc(file) != crc) {
        throw new IOException("unpacking " + name + " to " + file + " left something else");
      }
    }
  }
}
