package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails, and at whichever of its calls, a journal that is closed has no file open. */
class OpenFilesTest {
  private static final int SEGMENT = 256 << 10;

  private final Set<Object> open = ConcurrentHashMap.newKeySet();

  /** So many calls go well before one fails; negative: none fails. */
  private final AtomicInteger left = new AtomicInteger(-1);

  /** The name of the calls that are counted. */
  private volatile String failing = "";

  /** How the name of the thread ends of which they are counted. */
  private volatile String thread = "";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"force", "write", "close"})
  void closingThatFails(String call) throws IOException {
    boolean struck = true;
    for (int i = 0; struck; i++) {
      Path here = directory.resolve(call + i);
      List<SpoolId> stored = new ArrayList<>();
      JournalSpool spool = open(here);
      for (int j = 0; j < 100; j++) { // more than two segments, of which one is being sealed
        SpoolId id = SpoolId.random();
        spool.store(id, new byte[10_000], Durability.BUFFERED, null).join();
        stored.add(id);
      }
      failing = call;
      left.set(i);
      try {
        spool.close();
      } catch (SpoolException e) {
        assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
      }
      struck = left.getAndSet(-1) < 0;
      assertThat(open).as("after %s number %s has failed", call, i).isEmpty();
      try (JournalSpool again = open(here)) {
        for (SpoolId id : stored) {
          assertThat(again.load(id).join()).hasSize(10_000);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openWrite", "read", "readFully", "force", "write", "rename"})
  void openingThatFails(String call) throws IOException {
    boolean struck = true;
    for (int i = 0; struck; i++) {
      Journals journals = unsealed();
      Segments segments = journals.segments(watched(journals.disk));
      failing = call;
      left.set(i);
      try (Journal opened =
          Replay.open(segments, new Rules(), new HashSet<>(), Format.BLOCK).journal()) {
        assertThat(opened.index().size()).isEqualTo(20);
      } catch (IOException e) {
        assertThat(left).hasNegativeValue();
      }
      struck = left.getAndSet(-1) < 0;
      assertThat(open).as("after %s number %s has failed", call, i).isEmpty();
    }
  }

  /** Of one who only reads. */
  @ParameterizedTest
  @ValueSource(strings = {"openRead", "read", "readFully", "list"})
  void readOnlyOpeningThatFails(String call) {
    try (JournalSpool spool = open(directory)) {
      for (int i = 0; i < 60; i++) {
        spool.store(SpoolId.random(), new byte[10_000]).join();
      }
    }
    boolean struck = true;
    for (int i = 0; struck; i++) {
      failing = call;
      left.set(i);
      try (JournalSpool reader =
          JournalSpool.builder(directory).readOnly(true).disk(watched(Disk.system())).open()) {
        assertThat(reader.health()).isNotNull();
      } catch (SpoolException e) {
        assertThat(left).hasNegativeValue();
      }
      struck = left.getAndSet(-1) < 0;
      assertThat(open).as("after %s number %s has failed", call, i).isEmpty();
    }
  }

  /** A segment of which the life was not begun, or not gone on in, is nobody's any more. */
  @ParameterizedTest
  @ValueSource(strings = {"force", "write"})
  void writingThatFails(String call) throws IOException {
    boolean struck = true;
    for (int i = 0; struck; i++) {
      Journals journals = unsealed();
      Segments segments = journals.segments(watched(journals.disk));
      try (Journal opened =
          Replay.open(segments, new Rules(), new HashSet<>(), Format.BLOCK).journal()) {
        opened.pool().addFree(segments.make(SegmentHeader.State.FREE, Journals.SEGMENT));
        opened.prepare();
        for (int j = 0; j < 4; j++) {
          opened.pool().addFree(segments.make(SegmentHeader.State.FREE, Journals.SEGMENT));
        }
        failing = call;
        left.set(i);
        for (int j = 0; j < 20; j++) {
          opened.store(id(100 + j), message(j, 10_000));
        }
        opened.force();
      } catch (IOException e) {
        assertThat(left).hasNegativeValue();
      }
      struck = left.getAndSet(-1) < 0;
      assertThat(open).as("after %s number %s has failed", call, i).isEmpty();
    }
  }

  /** What was only buffered may not be on stable storage, and will not be. */
  @Test
  void closingABrokenJournalTellsSo() {
    JournalSpool spool =
        JournalSpool.builder(directory)
            .segmentSize(SEGMENT)
            .reopenAfterSyncFailure(false)
            .disk(watched(Disk.system()))
            .open();
    spool.store(SpoolId.random(), new byte[1], Durability.BUFFERED, null).join();
    failing = "force";
    thread = "-committer";
    left.set(0);
    assertThatThrownBy(spool.store(SpoolId.random(), new byte[1])::join)
        .isInstanceOf(CompletionException.class);
    assertThatThrownBy(spool::close).isInstanceOf(SpoolException.class);
    assertThat(open).isEmpty();
  }

  private Journals unsealed() throws IOException {
    Journals journals = new Journals();
    Journal journal = journals.open().journal();
    journal.pool().addFree(journals.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
    for (int i = 0; i < 20; i++) {
      journal.store(id(i), message(i, 5000));
      journal.force();
    }
    journals.disk.kill();
    return journals;
  }

  private JournalSpool open(Path here) {
    return JournalSpool.builder(here).segmentSize(SEGMENT).disk(watched(Disk.system())).open();
  }

  private Disk watched(Disk disk) {
    return watch(Disk.class, disk, null);
  }

  private <T> T watch(Class<T> type, T target, @Nullable Path file) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Path path = file;
              if (path == null && arguments != null && arguments[0] instanceof Path first) {
                path = first;
              }
              boolean isClose = file != null && method.getName().equals("close");
              boolean isOurs = path != null && path.toString().contains("journal");
              Object result;
              try {
                if (isOurs && !isClose) {
                  count(method.getName());
                }
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (isClose) {
                open.remove(target);
                count(method.getName());
              }
              if (result instanceof DiskFile opened && isOurs) {
                open.add(opened);
                return watch(DiskFile.class, opened, opened.path());
              }
              return result;
            }));
  }

  private void count(String method) throws IOException {
    boolean counts = method.equals(failing) && Thread.currentThread().getName().endsWith(thread);
    if (counts && left.get() >= 0 && left.getAndDecrement() == 0) {
      throw new IOException("Input/output error");
    }
  }
}
