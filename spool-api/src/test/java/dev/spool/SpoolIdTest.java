package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpoolIdTest {
  /** The examples of RFC 9562, appendices A.1 and A.6: both are of 2022-02-22T19:22:22Z. */
  private static final String RFC_VERSION_1 = "c232ab00-9414-11ec-b3c8-9f6bdeced846";

  private static final String RFC_VERSION_7 = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  private static final Instant RFC_TIME = Instant.parse("2022-02-22T19:22:22Z");

  @Test
  void creationTimeOfTheExamplesOfTheRfc() {
    assertThat(SpoolId.parse(RFC_VERSION_1).createdAt()).isEqualTo(RFC_TIME);
    assertThat(SpoolId.parse(RFC_VERSION_7).createdAt()).isEqualTo(RFC_TIME);
  }

  @Test
  void version1TimeIsExactTo100Nanoseconds() {
    // 0x01B21DD213814000 + 1 is one unit after 1970 began; the high bits go last.
    SpoolId id = SpoolId.parse("13814001-1dd2-11b2-8000-000000000000");
    assertThat(id.createdAt()).isEqualTo(Instant.EPOCH.plusNanos(100));
    assertThat(SpoolId.parse("00000000-0000-1000-8000-000000000000").createdAt())
        .isEqualTo(Instant.parse("1582-10-15T00:00:00Z"));
  }

  @Test
  void ageIsTheTimeSinceCreation() {
    SpoolId id = SpoolId.at(RFC_TIME);
    assertThat(id.age(RFC_TIME.plusSeconds(5))).isEqualTo(Duration.ofSeconds(5));
    assertThat(id.age(RFC_TIME.minusSeconds(5))).isEqualTo(Duration.ofSeconds(-5));
  }

  @Test
  void everyFormNamesTheSameId() {
    for (String text : List.of(RFC_VERSION_1, RFC_VERSION_7)) {
      SpoolId id = SpoolId.parse(text);
      assertThat(id.toString()).isEqualTo(text.replace("-", ""));
      assertThat(SpoolId.parse(id.toString())).isEqualTo(id).hasSameHashCodeAs(id);
      assertThat(SpoolId.parse(text.toUpperCase(Locale.ROOT))).isEqualTo(id);
      assertThat(SpoolId.fromBytes(id.toBytes())).isEqualTo(id);
      assertThat(SpoolId.fromUuid(id.toUuid())).isEqualTo(id);
      assertThat(id.toUuid()).isEqualTo(UUID.fromString(text));
    }
  }

  @Test
  void bytesAreBigEndian() {
    byte[] bytes = SpoolId.parse("00010203-0405-7607-8809-0a0b0c0d0e0f").toBytes();
    assertThat(bytes).containsExactly(0, 1, 2, 3, 4, 5, 0x76, 7, 0x88, 9, 10, 11, 12, 13, 14, 15);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "017f22e2",
        "017f22e279b07cc398c4dc0c0c07398",
        "017f22e279b07cc398c4dc0c0c07398f0",
        "017f22e279b07cc398c4dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "+17f22e279b07cc398c4dc0c0c07398f",
        " 17f22e279b07cc398c4dc0c0c07398f",
        "０17f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}"
      })
  void malformedTextIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.parse(text));
  }

  @Test
  void malformedTextIsNotShownAtAnyLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpoolId.parse("x".repeat(100_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "919108f7-52d1-4320-9bac-f847db4148a8",
        "1ec9414c-232a-6b00-b3c8-9f6bdeced846",
        "017f22e2-79b0-8cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-d8c4-dc0c0c07398f"
      })
  void otherVersionsAndVariantsAreRefusedByEveryFactory(String text) {
    UUID uuid = UUID.fromString(text);
    byte[] bytes =
        ByteBuffer.allocate(16)
            .putLong(uuid.getMostSignificantBits())
            .putLong(uuid.getLeastSignificantBits())
            .array();
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.parse(text));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.parse(text.replace("-", "")));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.fromUuid(uuid));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.fromBytes(bytes));
  }

  @Test
  void otherLengthsOfBytesAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.fromBytes(new byte[15]));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.fromBytes(new byte[17]));
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullIsRefused() {
    assertThatNullPointerException().isThrownBy(() -> SpoolId.parse(null));
    assertThatNullPointerException().isThrownBy(() -> SpoolId.fromBytes(null));
    assertThatNullPointerException().isThrownBy(() -> SpoolId.fromUuid(null));
    assertThatNullPointerException().isThrownBy(() -> SpoolId.at(null));
    assertThatNullPointerException().isThrownBy(() -> SpoolId.withTimestampOf(null));
  }

  @Test
  void bytesAreCopied() {
    byte[] bytes = SpoolId.random().toBytes();
    SpoolId id = SpoolId.fromBytes(bytes);
    String text = id.toString();
    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(id.toBytes(), (byte) 0);
    assertThat(id.toString()).isEqualTo(text);
  }

  @Test
  void randomIdsIncreaseStrictly() {
    SpoolId last = SpoolId.random();
    for (int i = 0; i < 100_000; i++) {
      SpoolId next = SpoolId.random();
      assertThat(next.compareTo(last)).isPositive();
      last = next;
    }
  }

  @Test
  void randomIdsOfManyThreadsIncreaseInEachAndAreUnique() throws Exception {
    ConcurrentLinkedQueue<List<SpoolId>> made = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                List<SpoolId> own = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                  own.add(SpoolId.random());
                }
                made.add(own);
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    Set<SpoolId> all = new HashSet<>();
    for (List<SpoolId> own : made) {
      assertThat(own).isSorted();
      all.addAll(own);
    }
    assertThat(all).hasSize(80_000);
  }

  @Test
  void randomIdsAreOfVersion7() {
    UUID uuid = SpoolId.random().toUuid();
    assertThat(uuid.version()).isEqualTo(7);
    assertThat(uuid.variant()).isEqualTo(2);
  }

  @Test
  void idAtATimeHasThatTime() {
    for (Instant time :
        List.of(Instant.EPOCH, RFC_TIME.plusMillis(7), Instant.parse("9999-12-31T23:59:59.999Z"))) {
      SpoolId id = SpoolId.at(time);
      assertThat(id.createdAt()).isEqualTo(time);
      assertThat(id.toUuid().version()).isEqualTo(7);
      assertThat(SpoolId.at(time)).isNotEqualTo(id);
    }
    assertThat(SpoolId.at(RFC_TIME.plusNanos(999_999)).createdAt()).isEqualTo(RFC_TIME);
  }

  @Test
  void timesThatNoIdCanHoldAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.at(Instant.EPOCH.minusMillis(1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpoolId.at(Instant.ofEpochMilli(1L << 48)));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.at(Instant.MAX));
    assertThatIllegalArgumentException().isThrownBy(() -> SpoolId.at(Instant.MIN));
    assertThat(SpoolId.at(Instant.ofEpochMilli((1L << 48) - 1)).createdAt().toEpochMilli())
        .isEqualTo((1L << 48) - 1);
  }

  @Test
  void idWithTheTimestampOfAnotherIsNewAndOfItsVersion() {
    for (String text : List.of(RFC_VERSION_1, RFC_VERSION_7)) {
      SpoolId id = SpoolId.parse(text);
      Set<SpoolId> made = new HashSet<>();
      for (int i = 0; i < 1000; i++) {
        SpoolId another = SpoolId.withTimestampOf(id);
        assertThat(another).isNotEqualTo(id);
        assertThat(another.createdAt()).isEqualTo(id.createdAt());
        assertThat(another.toUuid().version()).isEqualTo(id.toUuid().version());
        assertThat(another.toUuid().variant()).isEqualTo(2);
        made.add(another);
      }
      assertThat(made).hasSize(1000);
    }
  }

  @Test
  void orderIsThatOfUnsignedBytesAndOfText() {
    List<SpoolId> ids = new ArrayList<>();
    ids.add(SpoolId.parse("ffffffff-ffff-7000-8000-000000000000"));
    ids.add(SpoolId.parse("80000000-0000-7000-8000-000000000000"));
    ids.add(SpoolId.parse("7fffffff-ffff-7fff-bfff-ffffffffffff"));
    ids.add(SpoolId.parse("00000000-0000-1000-8000-000000000000"));
    ids.add(SpoolId.parse("00000000-0000-1000-bfff-ffffffffffff"));
    for (int i = 0; i < 200; i++) {
      ids.add(SpoolId.random());
      ids.add(SpoolId.withTimestampOf(SpoolId.parse(RFC_VERSION_1)));
    }
    Collections.sort(ids);
    for (int i = 1; i < ids.size(); i++) {
      assertThat(Arrays.compareUnsigned(ids.get(i - 1).toBytes(), ids.get(i).toBytes()))
          .isNegative();
      assertThat(ids.get(i - 1).toString()).isLessThan(ids.get(i).toString());
    }
    assertThat(ids.get(0)).isEqualByComparingTo(ids.get(0));
  }

  @Test
  void equalsNothingElse() {
    SpoolId id = SpoolId.random();
    assertThat(id.equals(null)).isFalse();
    assertThat((Object) id).isNotEqualTo(id.toUuid()).isNotEqualTo(SpoolId.random());
  }
}
