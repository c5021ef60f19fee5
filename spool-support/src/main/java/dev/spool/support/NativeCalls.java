package dev.spool.support;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the C library can tell and the JDK cannot, through JNA where that is present. All of it is
 * optional: without JNA, where JNA cannot be loaded, or on a platform whose structures are not
 * known here, the answer is null.
 *
 * <p>Thread-safe. Only the nested class touches JNA, so that the lack of it is one {@link
 * LinkageError}, caught here.
 */
final class NativeCalls {
  private NativeCalls() {}

  /**
   * Returns the inodes of the file system that holds {@code path}; null if unknown or without
   * limit.
   */
  static SystemDisk.@Nullable Inodes inodes(Path path) {
    try {
      return Jna.inodes(path);
    } catch (LinkageError | RuntimeException e) {
      return null;
    }
  }

  /** Whether {@link #inodes} can be asked in this process at all. */
  static boolean tellInodes() {
    try {
      return Jna.tellInodes();
    } catch (LinkageError | RuntimeException e) {
      return false;
    }
  }

  /**
   * Returns what the C library says of an error number in the language of this process; null if
   * unknown.
   */
  static @Nullable String strerror(int number) {
    try {
      return Jna.strerror(number);
    } catch (LinkageError | RuntimeException e) {
      return null;
    }
  }

  /**
   * Opens a directory, not through a symbolic link; negative if that cannot be done.
   *
   * @return a descriptor, which the caller has to give back to {@link #close}
   */
  static int openDirectory(Path directory) {
    try {
      return Jna.openDirectory(directory);
    } catch (LinkageError | RuntimeException e) {
      return -1;
    }
  }

  /**
   * Calls {@code syncfs}; returns 0 if it has succeeded, else the error's number, or -1 if there is
   * none.
   */
  static int syncFileSystem(int descriptor) {
    try {
      return Jna.syncFileSystem(descriptor);
    } catch (LinkageError | RuntimeException e) {
      return -1;
    }
  }

  /** Closes a descriptor of {@link #openDirectory}. */
  static void close(int descriptor) {
    try {
      var unused = Jna.call("close", descriptor);
    } catch (LinkageError | RuntimeException e) {
      // It was opened, so this does not happen; if it does, a descriptor is lost.
      return;
    }
  }

  /** The calls themselves. */
  private static final class Jna {
    /**
     * Of {@code struct statvfs} where {@code long} has 64 bits on Linux: eleven of those, and spare
     * room behind.
     */
    private static final int STATVFS_BYTES = 256;

    private static final int F_FILES = 40;
    private static final int F_FAVAIL = 56;

    private Jna() {}

    /** {@code O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC}; the first two differ between processors. */
    private static final int INTEL_FLAGS = 0x10000 | 0x20000 | 0x80000;

    private static final int ARM_FLAGS = 0x4000 | 0x8000 | 0x80000;

    static int openDirectory(Path directory) {
      if (!Platform.isLinux() || !(Platform.isIntel() || Platform.isARM())) {
        return -1;
      }
      int flags = Platform.isIntel() ? INTEL_FLAGS : ARM_FLAGS;
      return function("open").invokeInt(new Object[] {directory.toString(), flags});
    }

    static int syncFileSystem(int descriptor) {
      if (call("syncfs", descriptor) == 0) {
        return 0;
      }
      int error = Native.getLastError();
      return error == 0 ? -1 : error;
    }

    static int call(String name, int descriptor) {
      return function(name).invokeInt(new Object[] {descriptor});
    }

    static boolean tellInodes() {
      return Platform.isLinux() && Native.LONG_SIZE == 8;
    }

    static SystemDisk.@Nullable Inodes inodes(Path path) {
      if (!tellInodes()) {
        return null;
      }
      try (Memory statvfs = new Memory(STATVFS_BYTES)) {
        statvfs.clear();
        int result = function("statvfs").invokeInt(new Object[] {path.toString(), statvfs});
        return result == 0
            ? SystemDisk.Inodes.of(statvfs.getLong(F_FILES), statvfs.getLong(F_FAVAIL))
            : null;
      }
    }

    static @Nullable String strerror(int number) {
      // Elsewhere the numbers are others.
      if (!Platform.isLinux() || !(Platform.isIntel() || Platform.isARM())) {
        return null;
      }
      return function("strerror").invokeString(new Object[] {number}, false);
    }

    private static Function function(String name) {
      // In the encoding of file names and of the locale, which is what
      // Native.getDefaultStringEncoding() stands for.
      return NativeLibrary.getProcess().getFunction(name);
    }
  }
}
