package dev.resilience.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Whatever an application calls, and whatever a file says is matched: there is an answer, and soon. */
class HostileCallsTest {

    private static final String[] PIECES = {
        "*", "**", "/", "{", "}", "{id}", ".", "..", "%2f", "%", "?", "#", "a", "A", "\u0130", "\u0000", "\uFFFF",
        "\uFFFE", "\uD800", "::1", "[", "]", ":", "@", " ", "\n", "'", "\"", "`", "$$", "--", "/*", "*/", "\\", ";",
        "select", "0x", "e'"
    };

    @Provide
    static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.of(PIECES).list().ofMaxSize(40).map(pieces -> String.join("", pieces)),
                Arbitraries.strings().ofMaxLength(60));
    }

    @Property
    void any_rule_answers_for_any_call(
            @ForAll("texts") String pattern, @ForAll("texts") String host, @ForAll("texts") String path) {
        RuleTable<String> rules = RuleTable.<String>builder()
                .http("one", Set.of("GET"), null, pattern, null, pattern)
                .http("two", Set.of(), pattern, pattern, 80, null)
                .jdbc("three", pattern, pattern)
                .jdbc("four", "*", pattern)
                .build();

        assertThat(rules.http("GET", "http", host, 0, path)).isIn(null, "one", "two");
        assertThat(rules.http(path, path, null, -1, null)).isIn(null, "one", "two");
        assertThat(rules.jdbc(host, path)).isIn(null, "three", "four");
        assertThat(rules.shadowed()).hasSizeLessThanOrEqualTo(4);
    }

    @Property
    void any_statement_can_be_read_and_shown(@ForAll("texts") String sql, @ForAll("texts") String url) {
        assertThat(SqlText.normalised(sql)).isNotNull();
        assertThat(SqlFunctions.notPure(sql)).isNotNull();
        assertThat(SqlText.withoutLiterals(sql, url)).isNotNull();
        assertThat(SqlText.withoutLiterals(sql, null)).isNotNull();
    }

    @Property
    void any_address_can_be_shown(@ForAll("texts") String text) {
        try {
            assertThat(SafeUrl.of(new URI(text))).isNotNull();
            assertThat(SafeUrl.of(new URI("http", text, "/", text, null))).isNotNull();
        } catch (URISyntaxException none) {
            assertThat(none).hasMessageContaining(" at index ");
        }
    }

    @Test
    void no_pattern_takes_long() {
        String stars = "a*".repeat(200) + "b";
        String long1 = "a".repeat(100_000);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            RuleTable<String> rules = RuleTable.<String>builder()
                    .http("one", Set.of(), null, stars, null, "/**/" + "a*/".repeat(50) + "**/b")
                    .jdbc("two", stars, stars)
                    .jdbc("three", "*", stars)
                    .build();
            assertThat(rules.http("GET", "http", long1, 0, "/a".repeat(20_000))).isNull();
            assertThat(rules.jdbc(long1, long1)).isNull();
            assertThat(SqlText.normalised("select " + "(' ".repeat(50_000))).isNotEmpty();
            assertThat(SqlText.withoutLiterals("select " + "$a$ /* ".repeat(50_000), null))
                    .isNotEmpty();
            assertThat(SqlFunctions.notPure("select " + "a#(.#[(".repeat(50_000)))
                    .isNotEmpty();
        });
    }
}
