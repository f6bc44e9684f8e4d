package dev.resilience.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A pattern against what its documentation says, word by word and without any haste. */
class PathPatternTest {

    @Property(tries = 20_000)
    void a_pattern_matches_what_its_segments_do(@ForAll("patterns") String pattern, @ForAll("paths") String path) {
        assertThat(new PathPattern(pattern).matches(path))
                .as("'%s' on '%s'", pattern, path)
                .isEqualTo(matches(segments(pattern), segments(path.split("[?#]", 2)[0])));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.of("a", "ab", "", "*", "**", "{id}", "a*", "*b", "a{id}", "a?", "#")
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(segments -> "/" + String.join("/", segments));
    }

    @Provide
    Arbitrary<String> paths() {
        Arbitrary<String> query = Arbitraries.of("", "", "?", "?a/b", "#a", "?a#b", "#a?b", "/?");
        return Arbitraries.of("a", "ab", "", "b", "aab", "a.b")
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .flatMap(segments -> query.map(rest -> "/" + String.join("/", segments) + rest));
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static boolean matches(List<String> pattern, List<String> path) {
        if (pattern.isEmpty()) {
            return path.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        if (pattern.get(0).equals("**")) {
            return matches(rest, path) || (!path.isEmpty() && matches(pattern, path.subList(1, path.size())));
        }
        return !path.isEmpty()
                && segmentMatches(pattern.get(0), path.get(0))
                && matches(rest, path.subList(1, path.size()));
    }

    private static boolean segmentMatches(String pattern, String segment) {
        if (pattern.equals("*")) {
            return !segment.isEmpty();
        }
        String regex = pattern.replace("?", "[?]").replace("{id}", ".+").replace("*", ".*");
        return segment.matches(regex);
    }
}
