package dev.spool.support;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;

/**
 * The permissions that new files and directories get, whatever the umask.
 *
 * @param file those of files; the owner must be able to read and write
 * @param directory those of directories; the owner must be able to read, write and search
 */
public record DiskPermissions(Set<PosixFilePermission> file, Set<PosixFilePermission> directory) {

  /** Files 0600, directories 0700: mail is nobody else's business. */
  public static final DiskPermissions OWNER_ONLY = ofModes("0600", "0700");

  /** Checks that the owner is able to use what is created. */
  public DiskPermissions {
    file = Set.copyOf(file);
    directory = Set.copyOf(directory);
    require(file, "rw-------", "files");
    require(directory, "rwx------", "directories");
  }

  /**
   * Returns the permissions of these modes.
   *
   * @param file the mode of files in octal: {@code 0640}
   * @param directory the mode of directories in octal: {@code 0750}
   * @throws IllegalArgumentException if it is no such mode, or leaves the owner unable to use what
   *     is created
   */
  public static DiskPermissions ofModes(String file, String directory) {
    return new DiskPermissions(parse(file), parse(directory));
  }

  static Set<PosixFilePermission> parse(String mode) {
    if (!mode.matches("0?[0-7]{3}")) {
      throw new IllegalArgumentException("not a mode of three octal digits, such as 0600: " + mode);
    }
    String[] triplets = {"---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx"};
    StringBuilder text = new StringBuilder();
    for (char digit : mode.substring(mode.length() - 3).toCharArray()) {
      text.append(triplets[digit - '0']);
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  private static void require(Set<PosixFilePermission> given, String least, String what) {
    if (!given.containsAll(PosixFilePermissions.fromString(least))) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "the owner needs %s of %s", least.replace("-", ""), what));
    }
  }
}
