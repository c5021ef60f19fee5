package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.support.FailureClass;
import org.junit.jupiter.api.Test;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Status.Code;
import org.rocksdb.Status.SubCode;

class RocksFailuresTest {

  @Test
  void noSpaceIsKnownByItsSubCode() {
    RocksDBException failure =
        failure(Code.IOError, SubCode.NoSpace, "No space left on device: While appending");
    assertThat(RocksFailures.classOf(failure)).isEqualTo(FailureClass.SPACE);
    assertThat(RocksFailures.isNoSpace(failure)).isTrue();
    SpoolException typed = RocksFailures.typed("writing", Outcome.UNKNOWN, failure);
    assertThat(typed).isInstanceOf(SpoolFullException.class).hasCause(failure);
    assertThat(typed.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(typed.detail()).startsWith("writing: IOError").contains("free space");
  }

  @Test
  void exhaustedQuotaIsWantOfRoom() {
    RocksDBException failure =
        ioError("While appending to file: /s/000004.log: Disk quota exceeded");
    assertThat(RocksFailures.classOf(failure)).isEqualTo(FailureClass.SPACE);
    assertThat(RocksFailures.isNoSpace(failure)).isTrue();
  }

  @Test
  void deviceErrorsAreFatal() {
    assertThat(classOfIo("While fsync: /s/000004.log: Input/output error"))
        .isEqualTo(FailureClass.FATAL);
    assertThat(classOfIo("While open: /s/1.sst: Read-only file system"))
        .isEqualTo(FailureClass.FATAL);
    assertThat(
            RocksFailures.classOf(
                failure(
                    Code.IOError, SubCode.StaleFile, "While open: /s/1.sst: Stale file handle")))
        .isEqualTo(FailureClass.FATAL);
  }

  @Test
  void missingFilesAreDamageOfTheEngine() {
    assertThat(
            classOfIo("No such file or directory: While open: /s/1.sst: No such file or directory"))
        .isEqualTo(FailureClass.FATAL);
  }

  @Test
  void exhaustedDescriptorsMayPass() {
    assertThat(classOfIo("While open a file: /s/1.sst: Too many open files"))
        .isEqualTo(FailureClass.SUSPECT);
    assertThat(classOfIo("While open a file: /s/1.sst: Too many open files in system"))
        .isEqualTo(FailureClass.SUSPECT);
  }

  @Test
  void whatIsNotRecognisedIsFatal() {
    assertThat(classOfIo("something new")).isEqualTo(FailureClass.FATAL);
    assertThat(classOfIo("")).isEqualTo(FailureClass.FATAL);
    assertThat(RocksFailures.classOf(new RocksDBException("without a status")))
        .isEqualTo(FailureClass.FATAL);
    for (Code code :
        new Code[] {Code.InvalidArgument, Code.NotSupported, Code.Undefined, Code.Expired}) {
      assertThat(RocksFailures.classOf(failure(code, SubCode.None, "x")))
          .isEqualTo(FailureClass.FATAL);
    }
  }

  @Test
  void refusalsToWaitMayPass() {
    for (Code code : new Code[] {Code.Incomplete, Code.Busy, Code.TryAgain, Code.TimedOut}) {
      assertThat(RocksFailures.classOf(failure(code, SubCode.None, "x")))
          .isEqualTo(FailureClass.SUSPECT);
    }
    assertThat(RocksFailures.isStall(failure(Code.Incomplete, SubCode.None, "Write stall")))
        .isTrue();
    assertThat(RocksFailures.classOf(failure(Code.Aborted, SubCode.MemoryLimit, "x")))
        .isEqualTo(FailureClass.SUSPECT);
    assertThat(RocksFailures.classOf(failure(Code.Aborted, SubCode.None, "x")))
        .isEqualTo(FailureClass.FATAL);
  }

  @Test
  void corruptionIsFatal() {
    RocksDBException failure = failure(Code.Corruption, SubCode.None, "block checksum mismatch");
    assertThat(RocksFailures.classOf(failure)).isEqualTo(FailureClass.FATAL);
    assertThat(RocksFailures.isCorruption(failure)).isTrue();
    SpoolException typed = RocksFailures.typed("loading", Outcome.NOT_APPLIED, failure);
    assertThat(typed).isInstanceOf(SpoolIOException.class);
    assertThat(typed.detail()).isEqualTo("loading: Corruption: block checksum mismatch");
  }

  private static FailureClass classOfIo(String state) {
    return RocksFailures.classOf(ioError(state));
  }

  private static RocksDBException ioError(String state) {
    return failure(Code.IOError, SubCode.None, state);
  }

  private static RocksDBException failure(Code code, SubCode subCode, String state) {
    return new RocksDBException(state, new Status(code, subCode, state));
  }
}
