package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.BackpressureTimeoutException;
import dev.spool.MessageCorruptException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class IoFailuresTest {

  static Stream<Arguments> everyText() {
    return Arrays.stream(Errno.values())
        .flatMap(errno -> errno.texts().stream().map(text -> Arguments.of(errno, text)));
  }

  @ParameterizedTest
  @MethodSource("everyText")
  void everyTextOfEveryLibraryIsKnownHoweverTheJdkPutsIt(Errno errno, String text) {
    assertThat(IoFailures.errno(new IOException(text))).isEqualTo(errno);
    assertThat(IoFailures.errno(new FileSystemException("/a", null, text))).isEqualTo(errno);
    assertThat(IoFailures.errno(new FileSystemException("/a", "/b", text))).isEqualTo(errno);
    assertThat(IoFailures.errno(new FileNotFoundException("/a (" + text + ")"))).isEqualTo(errno);
  }

  @Test
  void symbolicLinksAreRecognisedInAllThatTheJdkMakesOfThem() {
    String text = Errno.ELOOP.texts().get(0);
    assertThat(IoFailures.errno(new IOException(text + " (NOFOLLOW_LINKS specified)")))
        .isEqualTo(Errno.ELOOP);
    String suffix = " or unable to access attributes of symbolic link";
    assertThat(IoFailures.errno(new FileSystemException("/a", null, text + suffix)))
        .isEqualTo(Errno.ELOOP);
  }

  @Test
  void noTextStandsForTwoErrors() {
    Map<String, Errno> seen = new HashMap<>();
    for (Errno errno : Errno.values()) {
      for (String text : errno.texts()) {
        assertThat(seen.put(text, errno)).as(text).isNull();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OTHER")
  @EnabledOnOs(OS.LINUX)
  void theLibraryOfThisMachineSaysWhatTheTableSays(Errno errno) {
    // Under JNA, and in English, as the tests run; shows that the numbers are right too.
    String text = NativeCalls.strerror(errno.number());
    assertThat(text).isNotNull();
    assertThat(IoFailures.errno(new IOException(text))).isEqualTo(errno);
    if (text.matches("\\p{ASCII}*")) {
      assertThat(errno.texts()).contains(text);
    }
  }

  @Test
  void anotherLanguageIsLearnedFromTheLibrary() {
    Map<Integer, String> german =
        Map.of(
            5, "Eingabe-/Ausgabefehler", 28, "Auf dem Gerät ist kein Speicherplatz mehr verfügbar");
    ErrnoTexts texts = new ErrnoTexts(number -> german.getOrDefault(number, "Unbekannter Fehler"));
    assertThat(texts.find(new IOException("Eingabe-/Ausgabefehler"))).isEqualTo(Errno.EIO);
    assertThat(texts.find(new IOException("Auf dem Gerät ist kein Speicherplatz mehr verfügbar")))
        .isEqualTo(Errno.ENOSPC);
    assertThat(texts.find(new IOException("Unbekannter Fehler"))).isEqualTo(Errno.OTHER);
    assertThat(texts.find(new IOException("No space left on device"))).isEqualTo(Errno.ENOSPC);
    assertThat(new ErrnoTexts(number -> null).find(new IOException("Eingabe-/Ausgabefehler")))
        .isEqualTo(Errno.OTHER);
  }

  @Test
  void theTypesOfTheJdkNeedNoText() {
    assertThat(IoFailures.errno(new NoSuchFileException("/a"))).isEqualTo(Errno.ENOENT);
    assertThat(IoFailures.errno(new AccessDeniedException("/a"))).isEqualTo(Errno.EACCES);
    assertThat(IoFailures.errno(new FileAlreadyExistsException("/a"))).isEqualTo(Errno.EEXIST);
    assertThat(IoFailures.errno(new DirectoryNotEmptyException("/a"))).isEqualTo(Errno.ENOTEMPTY);
    assertThat(IoFailures.errno(new NotDirectoryException("/a"))).isEqualTo(Errno.ENOTDIR);
    assertThat(IoFailures.errno(new AtomicMoveNotSupportedException("/a", "/b", "x")))
        .isEqualTo(Errno.EXDEV);
  }

  @Test
  void aPathThatReadsLikeAnErrorFoolsNobody() {
    String path = "/spool/No space left on device";
    assertThat(IoFailures.errno(new FileSystemException(path))).isEqualTo(Errno.OTHER);
    assertThat(IoFailures.errno(new FileSystemException(path, null, "Input/output error")))
        .isEqualTo(Errno.EIO);
    assertThat(IoFailures.errno(new FileNotFoundException(path + " (Permission denied)")))
        .isEqualTo(Errno.EACCES);
    assertThat(IoFailures.errno(new IOException("writing: No space left on device")))
        .isEqualTo(Errno.OTHER);
    assertThat(IoFailures.errno(new IOException((String) null))).isEqualTo(Errno.OTHER);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aRealFullDeviceIsRecognised() throws IOException {
    try (DiskFile full = Disk.system().openWrite(Path.of("/dev/full"))) {
      IOException failure =
          catchThrowableOfType(IOException.class, () -> full.write(ByteBuffer.allocate(10), 0));
      assertThat(IoFailures.errno(failure)).isEqualTo(Errno.ENOSPC);
      assertThat(IoFailures.ofWrite(failure)).isEqualTo(FailureClass.SPACE);
      assertThat(IoFailures.typed("cannot write /dev/full", Outcome.UNKNOWN, failure))
          .isInstanceOf(SpoolFullException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachErrorHasTheClassOfTheDesign(Errno errno) {
    Set<Errno> fatal =
        EnumSet.of(
            Errno.EIO,
            Errno.EROFS,
            Errno.ESTALE,
            Errno.ENXIO,
            Errno.ENODEV,
            Errno.ENOMEDIUM,
            Errno.EBADMSG,
            Errno.EUCLEAN,
            Errno.EREMOTEIO,
            Errno.ENOTCONN,
            Errno.ETIMEDOUT,
            Errno.EHOSTDOWN,
            Errno.EBADF,
            Errno.OTHER);
    Set<Errno> space = EnumSet.of(Errno.ENOSPC, Errno.EDQUOT);
    FailureClass expected =
        fatal.contains(errno)
            ? FailureClass.FATAL
            : space.contains(errno) ? FailureClass.SPACE : FailureClass.SUSPECT;
    IOException failure = failure(errno);
    assertThat(IoFailures.ofWrite(failure)).isEqualTo(expected);
    assertThat(IoFailures.ofRead(failure))
        .isEqualTo(errno == Errno.ENOENT ? FailureClass.NONE : expected);
    assertThat(IoFailures.ofSync(failure)).isEqualTo(FailureClass.FATAL);
  }

  @ParameterizedTest
  @EnumSource
  void theCallersExceptionNamesPathErrorAndOutcome(Errno errno) {
    IOException failure = failure(errno);
    SpoolException typed = IoFailures.typed("cannot create /spool/x", Outcome.UNKNOWN, failure);
    assertThat(typed)
        .isInstanceOf(
            errno.failureClass() == FailureClass.SPACE
                ? SpoolFullException.class
                : SpoolIOException.class);
    assertThat(typed.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(typed).hasCause(failure);
    assertThat(typed.detail()).startsWith("cannot create /spool/x: ");
    assertThat(typed.detail()).contains(errno == Errno.OTHER ? "something new" : errno.name());
    assertThat(typed.getMessage()).doesNotContain("/spool");
  }

  private static IOException failure(Errno errno) {
    return new IOException(errno == Errno.OTHER ? "something new" : errno.texts().get(0));
  }

  @Test
  void theOperatorIsToldWhatToDo() {
    assertThat(
            IoFailures.typed("cannot open /s", Outcome.NOT_APPLIED, new AccessDeniedException("/s"))
                .detail())
        .isEqualTo(
            "cannot open /s: Permission denied (EACCES); check owner and permissions, of the directories above too,"
                + " and that it is not immutable (lsattr)");
    assertThat(
            IoFailures.typed("cannot open /s", Outcome.NOT_APPLIED, new IOException((String) null))
                .detail())
        .isEqualTo("cannot open /s: IOException");
  }

  @Test
  void theFileThatFailedIsNamedOnce() {
    assertThat(
            IoFailures.typed("cannot open /s", Outcome.NOT_APPLIED, new NoSuchFileException("/s/x"))
                .detail())
        .isEqualTo("cannot open /s, at /s/x: No such file or directory (ENOENT)");
    assertThat(
            IoFailures.typed("cannot open /s", Outcome.NOT_APPLIED, new NoSuchFileException("/s"))
                .detail())
        .isEqualTo("cannot open /s: No such file or directory (ENOENT)");
  }

  @Test
  void wrappersAreTakenOff() {
    IOException full = failure(Errno.ENOSPC);
    assertThat(IoFailures.ofWrite(new UncheckedIOException(full))).isEqualTo(FailureClass.SPACE);
    assertThat(IoFailures.ofRead(new DirectoryIteratorException(full)))
        .isEqualTo(FailureClass.SPACE);
    assertThat(IoFailures.ofWrite(new CompletionException(new UncheckedIOException(full))))
        .isEqualTo(FailureClass.SPACE);
  }

  @Test
  void whatIsNoErrorOfTheSystemHasAClassToo() {
    assertThat(IoFailures.ofRead(new EOFException())).isEqualTo(FailureClass.ENTRY);
    assertThat(IoFailures.ofRead(new ClosedByInterruptException())).isEqualTo(FailureClass.SUSPECT);
    assertThat(IoFailures.ofWrite(new ClosedByInterruptException())).isEqualTo(FailureClass.FATAL);
    assertThat(IoFailures.ofWrite(new OutOfMemoryError())).isEqualTo(FailureClass.SUSPECT);
    assertThat(IoFailures.ofWrite(new IllegalStateException())).isEqualTo(FailureClass.FATAL);
    assertThat(IoFailures.ofRead(new IllegalStateException())).isEqualTo(FailureClass.FATAL);
  }

  @Test
  void typedFailuresKeepTheirClass() {
    assertThat(IoFailures.ofWrite(new SpoolFullException("x", null))).isEqualTo(FailureClass.SPACE);
    assertThat(IoFailures.ofRead(new MessageCorruptException(SpoolId.random(), "x", "y")))
        .isEqualTo(FailureClass.ENTRY);
    assertThat(IoFailures.ofWrite(new BackpressureTimeoutException("x", Outcome.NOT_APPLIED)))
        .isEqualTo(FailureClass.SUSPECT);
    assertThat(IoFailures.ofWrite(new SpoolIOException("x", failure(Errno.EMFILE))))
        .isEqualTo(FailureClass.SUSPECT);
    assertThat(IoFailures.ofWrite(new SpoolIOException("x", null))).isEqualTo(FailureClass.FATAL);
    assertThat(IoFailures.ofWrite(SpoolException.unwrap(new IllegalStateException())))
        .isEqualTo(FailureClass.FATAL);
    assertThat(IoFailures.ofWrite(SpoolException.unwrap(failure(Errno.ENOSPC))))
        .isEqualTo(FailureClass.SPACE);
    assertThat(IoFailures.ofWrite(new SpoolClosedException("x"))).isEqualTo(FailureClass.NONE);
    assertThat(IoFailures.ofWrite(new SpoolUnhealthyException("x", null)))
        .isEqualTo(FailureClass.NONE);
  }

  /** Where a device fails while memory is short, it is the device that has failed. */
  @Test
  void memoryIsWaitedFor() {
    int[] asked = new int[1];
    IOException failure =
        new FileSystemException("file", null, "Input/output error") {
          private static final long serialVersionUID = 1;

          @Override
          public String getReason() {
            if (++asked[0] < 3) {
              throw new OutOfMemoryError("test");
            }
            return super.getReason();
          }
        };
    assertThat(IoFailures.ofWrite(failure)).isEqualTo(FailureClass.FATAL);
    assertThat(asked[0]).isEqualTo(3);
  }
}
