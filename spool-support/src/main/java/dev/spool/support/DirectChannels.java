package dev.spool.support;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Opens files to be written past the page cache, where the JDK and the file system can do that. */
final class DirectChannels {

  private DirectChannels() {}

  /**
   * Opens a file that is there.
   *
   * @return null if that cannot be, or its blocks are not {@link DiskFile#DIRECT_BLOCK} or a part
   *     of it
   */
  static @Nullable FileChannel open(Path file) {
    OpenOption direct = DirectOpenOption.get();
    if (direct == null) {
      return null;
    }
    try {
      return DiskFile.DIRECT_BLOCK % Files.getFileStore(file).getBlockSize() != 0
          ? null
          : FileChannel.open(
              file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS, direct));
    } catch (IOException | UnsupportedOperationException e) {
      return null; // whatever is wrong with the file itself, the usual way meets it, too
    }
  }
}
