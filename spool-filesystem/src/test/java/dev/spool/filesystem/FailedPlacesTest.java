package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has failed is kept until it succeeds. */
class FailedPlacesTest {
  @TempDir Path dir;
  private final FailedPlaces places = new FailedPlaces(Disk.system());
  private final List<Path> forced = new ArrayList<>();

  @BeforeEach
  void addOne() {
    places.add(dir);
  }

  @Test
  void isForgottenWhenItSucceeds() throws IOException {
    places.repeat(forced::add);
    places.repeat(forced::add);
    assertThat(forced).containsExactly(dir);
  }

  @Test
  void isKeptWhenItFailsStill() throws IOException {
    assertThatThrownBy(
            () ->
                places.repeat(
                    directory -> {
                      throw new IOException("test");
                    }))
        .hasMessage("test");
    assertThatThrownBy(
            () ->
                places.repeat(
                    directory -> {
                      throw new OutOfMemoryError("test");
                    }))
        .hasMessage("test");
    places.repeat(forced::add);
    assertThat(forced).containsExactly(dir);
  }

  @Test
  void isKeptWhenItFailsAgainWhileItIsRepeated() throws IOException {
    places.repeat(places::add);
    places.repeat(forced::add);
    assertThat(forced).containsExactly(dir);
  }
}
