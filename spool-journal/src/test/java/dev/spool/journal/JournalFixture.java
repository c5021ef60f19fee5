package dev.spool.journal;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.testkit.Gate;
import dev.spool.testkit.SpoolFixture;
import dev.spool.testkit.Stallable;
import dev.spool.testkit.Trait;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How the contract opens spools of this backend, with small segments, and damages them. */
final class JournalFixture implements SpoolFixture {
  private static final String SEGMENT = "256KiB";

  @Override
  public Set<Trait> traits() {
    return EnumSet.allOf(Trait.class);
  }

  @Override
  public String uri(Path directory) {
    return "journal:" + directory.toAbsolutePath() + "?segmentSize=" + SEGMENT;
  }

  @Override
  public Spool open(Path directory, Map<String, String> settings, @Nullable Executor callbacks) {
    return open(directory, settings, callbacks, null);
  }

  private static Spool open(
      Path directory,
      Map<String, String> settings,
      @Nullable Executor callbacks,
      @Nullable Disk disk) {
    Map<String, String> all = new HashMap<>(Map.of("segmentSize", SEGMENT));
    all.putAll(settings);
    JournalSpool.Builder builder = JournalSpool.builder(directory).settings(all);
    if (callbacks != null) {
      builder.callbackExecutor(callbacks);
    }
    if (disk != null) {
      builder.disk(disk);
    }
    return builder.open();
  }

  @Override
  public Stallable openStallable(Path directory, Map<String, String> settings) {
    Gate gate = new Gate();
    return new Stallable(open(directory, settings, null, gated(gate)), gate);
  }

  /** A disk on which writes to segments, but not their making, pass the gate. */
  private static Disk gated(Gate gate) {
    Disk system = Disk.system();
    return proxy(
        Disk.class,
        system,
        (method, result) -> {
          boolean direct = method.equals("openDirect");
          return result instanceof DiskFile file
                  && (direct || file.path().toString().endsWith(".new"))
              ? gated(gate, file, direct)
              : result;
        },
        method -> {});
  }

  private static DiskFile gated(Gate gate, DiskFile file, boolean isMade) {
    boolean[] made = {isMade};
    return proxy(
        DiskFile.class,
        file,
        (method, result) -> result,
        method -> {
          if (method.equals("force")) {
            made[0] = true;
          } else if (method.equals("write") && made[0] && isCommitter()) {
            gate.pass();
          }
        });
  }

  private static boolean isCommitter() {
    return Thread.currentThread().getName().endsWith("-committer");
  }

  private interface After {
    @Nullable Object result(String method, @Nullable Object result);
  }

  private interface Before {
    void call(String method);
  }

  private static <T> T proxy(Class<T> type, T target, After after, Before before) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              before.call(method.getName());
              try {
                return after.result(method.getName(), method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Override
  public void damage(Path directory, SpoolId id) throws IOException {
    Disk disk = Disk.system();
    try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
      for (Path path : files.toList()) {
        try (DiskFile file = disk.openWrite(path)) {
          damage(file, id);
        }
      }
    }
  }

  private static void damage(DiskFile file, SpoolId id) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(Format.BLOCK);
    file.readFully(block, 0);
    SegmentHeader header = SegmentHeader.decode(block.flip());
    if (header == null) {
      return;
    }
    Segment segment = new Segment(file, header);
    for (SegmentScan.Found found : SegmentScan.scan(segment, new Rules()).found()) {
      if (found.header().type() == RecordType.STORE && found.header().id().equals(id)) {
        long at = found.position() + RecordHeader.BYTES + found.header().length() / 2;
        ByteBuffer one = ByteBuffer.allocate(1);
        file.readFully(one, at);
        one.put(0, (byte) (one.get(0) ^ 1)).rewind();
        file.write(one, at);
      }
    }
  }
}
