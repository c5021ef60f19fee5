package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening by URI, with a provider that remembers what it was asked. */
class SpoolsTest {

  @BeforeEach
  void forget() {
    RememberingProvider.uri = null;
    RememberingProvider.settings = null;
  }

  @Test
  void providerIsFoundByItsScheme() {
    assertOpened("remember:name", "remember:name", Map.of());
    assertOpened("REMEMBER:name", "REMEMBER:name", Map.of());
    assertOpened("remember:/a/b%20c", "remember:/a/b%20c", Map.of());
  }

  @Test
  void settingsAreTheDecodedQuery() {
    assertOpened("remember:/p?a=1&b=two", "remember:/p", Map.of("a", "1", "b", "two"));
    assertOpened("remember:name?a=x%26y%3Dz", "remember:name", Map.of("a", "x&y=z"));
    assertOpened("remember:name?a=1=2", "remember:name", Map.of("a", "1=2"));
    assertOpened("remember:name?a=", "remember:name", Map.of("a", ""));
    assertOpened("remember:name?a=%C3%A9", "remember:name", Map.of("a", "é"));
  }

  @Test
  void plusStandsForItself() {
    assertOpened("remember:name?a=1+2", "remember:name", Map.of("a", "1+2"));
    assertOpened("remember:name?a=%2B%20", "remember:name", Map.of("a", "+ "));
  }

  @Test
  void emptyQueryIsNoSetting() {
    assertOpened("remember:name?", "remember:name", Map.of());
    assertOpened("remember:name?&a=1&", "remember:name", Map.of("a", "1"));
  }

  @Test
  void questionMarkMayBePartOfAValue() {
    assertOpened("remember:name?a=what?", "remember:name", Map.of("a", "what?"));
  }

  @Test
  void unknownSchemeNamesThoseThatArePresent() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Spools.open("nonsense:name"))
        .withMessageContaining("nonsense")
        .withMessageContaining("remember");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name",
        "/path",
        "remember:",
        "remember:a b",
        "remember:a%zz",
        "remember:a#b",
        "remember:a?b=%",
        ":a"
      })
  void malformedUriIsRefused(String uri) {
    assertThatIllegalArgumentException().isThrownBy(() -> Spools.open(uri));
    assertThat(RememberingProvider.uri).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"remember:n?a", "remember:n?=1", "remember:n?a=1&a=2", "remember:n?a=1&b"})
  void malformedSettingIsRefused(String uri) {
    assertThatIllegalArgumentException().isThrownBy(() -> Spools.open(uri));
    assertThat(RememberingProvider.uri).isNull();
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullIsRefused() {
    assertThatNullPointerException().isThrownBy(() -> Spools.open(null));
  }

  private static void assertOpened(String uri, String asked, Map<String, String> settings) {
    assertThat(RememberingProvider.OPENED.equals(Spools.open(uri).stats().name())).isTrue();
    assertThat(RememberingProvider.uri).isEqualTo(URI.create(asked));
    assertThat(RememberingProvider.settings).isEqualTo(settings);
  }
}
