package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Readers that believe what they read are found out; the same ones again. */
class FuzzTest {
  private static final byte[] SAMPLE = ByteBuffer.allocate(40).putInt(8).put(new byte[36]).array();

  private static void fuzz(Fuzz.Reader reader) {
    new Fuzz("a test", 1 << 20, List.of(SAMPLE)).run(2000, 2000, reader);
  }

  @Test
  void lengthThatIsBelievedIsFound() {
    assertThatThrownBy(
            () -> fuzz((bytes, random) -> ByteBuffer.wrap(bytes).position(4 + length(bytes))))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("case ")
        .hasMessageContaining("seed ")
        .hasMessageContaining("IllegalArgumentException");
  }

  @Test
  void memoryThatIsTakenForWhatIsNotThereIsFound() {
    assertThatThrownBy(
            () ->
                fuzz(
                    (bytes, random) -> {
                      int length = length(bytes) & 0xFFFFFF;
                      byte[] taken = new byte[length];
                      assertThat(taken.length).isEqualTo(length);
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("bytes of memory");
  }

  private static int length(byte[] bytes) {
    return bytes.length < 4 ? 0 : ByteBuffer.wrap(bytes).getInt();
  }

  @Test
  void carefulReaderPasses() {
    fuzz(
        (bytes, random) -> {
          int length = length(bytes);
          boolean whole = length >= 0 && length <= bytes.length - 4;
          assertThat(whole || bytes.length < 4 || length != 8 || bytes.length < 12).isTrue();
        });
  }

  @Test
  void casesAreTheSameAgain() {
    List<byte[]> first = new ArrayList<>();
    fuzz((bytes, random) -> first.add(bytes));
    List<byte[]> second = new ArrayList<>();
    fuzz((bytes, random) -> second.add(bytes));
    assertThat(second).hasSize(2000).usingElementComparator(Arrays::compare).isEqualTo(first);
    assertThat(first.stream().map(ByteBuffer::wrap).distinct().count()).isGreaterThan(1000);
  }
}
