package dev.spool.support;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator should hear about the place of a spool, once, when it is opened. None of it is a
 * reason to refuse.
 */
final class StorageWarnings {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolDirectory.class);

  private static final Set<String> VOLATILE =
      Set.of("tmpfs", "ramfs", "overlay", "overlayfs", "aufs");

  private static final Set<String> NETWORK =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb3",
          "smbfs",
          "smb2",
          "9p",
          "afs",
          "afpfs",
          "webdav",
          "ceph",
          "glusterfs",
          "lustre",
          "gpfs",
          "beegfs",
          "ncpfs",
          "virtiofs",
          "fuse",
          "osxfuse",
          "macfuse");

  private StorageWarnings() {}

  static void log(Disk disk, Path directory) {
    log(disk, directory, LOG);
  }

  static void log(Disk disk, Path directory, Logger log) {
    try {
      readable(directory, disk.permissions(directory)).ifPresent(log::warn);
    } catch (IOException e) {
      log.debug("the permissions of {} are not known", directory, e);
    }
    try {
      fileSystem(directory, disk.fileSystemType(directory)).ifPresent(log::warn);
    } catch (IOException e) {
      log.debug("the file system of {} is not known", directory, e);
    }
  }

  static Optional<String> readable(Path directory, Set<PosixFilePermission> permissions) {
    if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      return Optional.of(
          "the spool "
              + directory
              + " can be changed by everybody on this machine; chmod o-rwx "
              + directory);
    }
    return permissions.contains(PosixFilePermission.OTHERS_READ)
        ? Optional.of(
            "the spool "
                + directory
                + " can be read by everybody on this machine; chmod o-rwx "
                + directory)
        : Optional.empty();
  }

  static Optional<String> fileSystem(Path directory, String type) {
    String name = type.toLowerCase(Locale.ROOT);
    if (VOLATILE.contains(name)) {
      return Optional.of(
          "the spool "
              + directory
              + " lies on "
              + type
              + ", where SYNC means nothing: what is acknowledged is lost with"
              + " the machine, or the container");
    }
    // fuseblk is a local device behind FUSE; fuse.sshfs and its like are somebody's server.
    if (NETWORK.contains(name) || name.startsWith("fuse.")) {
      return Optional.of(
          "the spool "
              + directory
              + " lies on "
              + type
              + ", where SYNC means what the server makes of it");
    }
    return Optional.empty();
  }
}
