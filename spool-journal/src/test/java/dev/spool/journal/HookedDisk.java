package dev.spool.journal;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A disk on which a test does something, or waits, before what a thread of the spool does. */
final class HookedDisk {
  private HookedDisk() {}

  /** Comes before each call. */
  interface Hook {
    /**
     * Is told of a call on the thread that makes it.
     *
     * @param thread the name of its thread, without the spool's
     * @param method of {@link Disk} or {@link DiskFile}
     * @param path of the file; null if the call has none
     */
    void before(String thread, String method, @Nullable Path path) throws IOException;
  }

  /** Wraps a disk. */
  static Disk of(Disk disk, Hook hook) {
    return wrap(Disk.class, disk, null, hook);
  }

  private static <T> T wrap(Class<T> type, T target, @Nullable Path file, Hook hook) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Path path = file;
              if (path == null && arguments != null && arguments[0] instanceof Path first) {
                path = first;
              }
              String thread = Thread.currentThread().getName();
              hook.before(thread.substring(thread.lastIndexOf('-') + 1), method.getName(), path);
              Object result;
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              return result instanceof DiskFile opened
                  ? wrap(DiskFile.class, opened, opened.path(), hook)
                  : result;
            }));
  }
}
