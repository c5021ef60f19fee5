package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileLayoutTest {
  private static final Instant TIME = Instant.parse("2026-03-04T05:06:07.890Z");
  private static final SpoolId VERSION_1 =
      SpoolId.fromUuid(UUID.fromString("c232ab00-9414-11ec-b3c8-9f6bdeced846"));

  private final FileLayout layout = new FileLayout(Path.of("/spool"));

  @Test
  void nameIsParsedBack() {
    for (int i = 0; i < 1000; i++) {
      SpoolId id = SpoolId.random();
      Path file = layout.file(id);
      assertThat(FileLayout.parseFileName(file.getFileName().toString())).isEqualTo(id);
      assertThat(FileLayout.parseSlot(file.getParent().getFileName().toString()))
          .hasValue(FileLayout.slot(id));
      assertThat(file.getParent().getParent()).isEqualTo(layout.data());
    }
    assertThat(FileLayout.parseFileName(FileLayout.fileName(VERSION_1))).isEqualTo(VERSION_1);
  }

  /** Spools that exist depend on it. */
  @Test
  void pathOfAnIdNeverChanges() {
    assertThat(layout.file(SpoolId.parse("0192f5c7a1b27def8123456789abcdef")))
        .isEqualTo(Path.of("/spool/data/7a1/0192f5c7a1b27def8123456789abcdef"));
    assertThat(layout.file(VERSION_1))
        .isEqualTo(Path.of("/spool/data/279/c232ab00941411ecb3c89f6bdeced846"));
  }

  @Test
  void everySlotHasADirectoryOfItsOwn() {
    BitSet seen = new BitSet();
    for (int slot = 0; slot < FileLayout.SLOTS; slot++) {
      String name = layout.directory(slot).getFileName().toString();
      assertThat(FileLayout.parseSlot(name)).hasValue(slot);
      seen.set(slot);
    }
    assertThat(seen.cardinality()).isEqualTo(FileLayout.SLOTS);
  }

  @Test
  void aBurstSharesASlotAndSlotsComeRound() {
    int slot = FileLayout.slot(SpoolId.at(Instant.ofEpochMilli(0x1000)));
    assertThat(FileLayout.slot(SpoolId.at(Instant.ofEpochMilli(0x10ff)))).isEqualTo(slot);
    assertThat(FileLayout.slot(SpoolId.at(Instant.ofEpochMilli(0x1100)))).isEqualTo(slot + 1);
    assertThat(FileLayout.slot(SpoolId.at(Instant.ofEpochMilli(0x1000 + (4096L << 8)))))
        .isEqualTo(slot);
  }

  /** Ten million messages that came at a steady pace, within half an hour or within a month. */
  @ParameterizedTest
  @ValueSource(ints = {30, 24 * 60, 30 * 24 * 60})
  void directoriesOfTenMillionMessagesAreBounded(int minutes) {
    int messages = 10_000_000;
    int[] inSlot = new int[FileLayout.SLOTS];
    long millis = Duration.ofMinutes(minutes).toMillis();
    for (long i = 0; i < messages; i++) {
      inSlot[FileLayout.slot(SpoolId.at(TIME.plusMillis(i * millis / messages)))]++;
    }
    assertThat(Arrays.stream(inSlot).sum()).isEqualTo(messages);
    assertThat(Arrays.stream(inSlot).max().orElse(0)).isBetween(messages / inSlot.length, 3_000);
  }

  @Test
  void foreignNamesAreNoMessages() {
    String name = FileLayout.fileName(SpoolId.at(TIME));
    assertThat(FileLayout.parseFileName(name.toUpperCase(java.util.Locale.ROOT))).isNull();
    assertThat(FileLayout.parseFileName(name + "0")).isNull();
    assertThat(FileLayout.parseFileName(name.substring(1))).isNull();
    assertThat(FileLayout.parseFileName(SpoolId.at(TIME).toUuid().toString())).isNull();
    assertThat(FileLayout.parseFileName("00000000000040008000000000000000")).isNull();
    assertThat(FileLayout.parseFileName("")).isNull();
    assertThat(FileLayout.parseSlot("A00")).isEmpty();
    assertThat(FileLayout.parseSlot("0a")).isEmpty();
    assertThat(FileLayout.parseSlot("0a00")).isEmpty();
  }

  @Test
  void temporaryNamesAreKnownAndNotUsedTwice() {
    Path first = layout.newTemporary();
    Path second = layout.newTemporary();
    Path ofAnotherOpening = new FileLayout(Path.of("/spool")).newTemporary();
    assertThat(first).isNotEqualTo(second).isNotEqualTo(ofAnotherOpening);
    assertThat(FileLayout.isTemporary(first.getFileName().toString())).isTrue();
    assertThat(FileLayout.isTemporary("notes.tmp")).isFalse();
    assertThat(FileLayout.isTemporary(FileLayout.fileName(SpoolId.at(TIME)))).isFalse();
  }
}
