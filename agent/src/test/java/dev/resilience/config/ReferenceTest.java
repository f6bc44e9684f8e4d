package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.StatusRange;
import dev.resilience.config.Type.Key;
import dev.resilience.config.Type.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of keys is the one that the code has. */
class ReferenceTest {

    private static final Path README = SamplesTest.FOLDER.resolveSibling("README.md");
    private static final String BEGIN = "<!-- keys: made from the code by ReferenceTest -->\n";
    private static final String END = "<!-- end of keys -->\n";

    @Test
    void the_readme_names_every_key_with_its_default() throws IOException {
        String readme = Files.readString(README);
        int begin = readme.indexOf(BEGIN) + BEGIN.length();
        int end = readme.indexOf(END);
        assertThat(end).as("the README has its markers").isGreaterThanOrEqualTo(begin);
        if (Boolean.getBoolean("reference.write")) {
            readme = readme.substring(0, begin) + markdown() + readme.substring(end);
            Files.writeString(README, readme);
            end = readme.indexOf(END);
        }
        assertThat(readme.substring(begin, end))
                .as("made anew by: mvn -pl agent-bootstrap,agent test -Dtest=ReferenceTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dreference.write=true")
                .isEqualTo(markdown());
    }

    private static String markdown() {
        Map<String, Section> sections = new LinkedHashMap<>();
        collect("the file", Schema.ROOT, sections);
        StringBuilder out = new StringBuilder();
        sections.forEach((title, section) -> {
            out.append("\n**").append(title).append("**\n\n| key | default | what it is |\n|---|---|---|\n");
            for (Key key : section.keys().values()) {
                out.append("| `").append(key.name()).append("` | ");
                out.append(key.required() ? "needed" : fallback(key.fallback())).append(" | ");
                out.append(key.about().replace("|", "\\|"));
                out.append(" |\n");
            }
        });
        return out.append("\n").toString();
    }

    /** A section once, under the name of the first key that leads to it. */
    private static void collect(String title, Section section, Map<String, Section> sections) {
        if (sections.containsValue(section) || section == Schema.DEFAULTS) {
            return;
        }
        sections.put(title, section);
        for (Key key : section.keys().values()) {
            collectFrom("`" + key.name() + "`", key.type(), sections);
        }
    }

    private static void collectFrom(String title, Type type, Map<String, Section> sections) {
        if (type instanceof Section inner) {
            collect(title, inner, sections);
        } else if (type instanceof Type.ListOf list) {
            collectFrom(title, list.item(), sections);
        } else if (type instanceof Type.MapOf map) {
            collectFrom("each of " + title, map.value(), sections);
        } else if (type instanceof Type.Links links) {
            links.options().forEach((name, link) -> collect(title + ": `" + name + "`", link, sections));
        }
    }

    private static String fallback(Object value) {
        if (value == null || (value instanceof Collection<?> items && items.isEmpty())) {
            return "";
        }
        return "`" + written(value) + "`";
    }

    private static String written(Object value) {
        if (value instanceof Duration length) {
            return length.toMillis() % 1_000 == 0 ? length.toSeconds() + "s" : length.toMillis() + "ms";
        } else if (value instanceof StatusRange range) {
            return range.from() == range.to() ? "" + range.from() : range.from() + "-" + range.to();
        } else if (value instanceof Collection<?> items) {
            return items.stream().map(ReferenceTest::written).collect(Collectors.joining(", ", "[", "]"));
        }
        return value.toString();
    }
}
