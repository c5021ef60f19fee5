package dev.spool.support;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the file system tells of a path, at one moment.
 *
 * @param directory whether it is a directory
 * @param regularFile whether it is a regular file
 * @param symlink whether it is a symbolic link
 * @param length its length in bytes; of a directory, whatever the file system says
 * @param modified when it was last written to
 * @param fileKey equal for two paths if they lead to the same inode; null where the file system has
 *     no such thing
 */
public record FileFacts(
    boolean directory,
    boolean regularFile,
    boolean symlink,
    long length,
    Instant modified,
    @Nullable Object fileKey) {}
