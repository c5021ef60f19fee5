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
