package dev.resilience.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTreesTest {

    private static final String ALL_KINDS =
            "{\"a\":[1,-2,3000000000,0.5,1.0E-9,true,false,null],\"b\":{},\"c\":[],\"d\":\"\\u0000 \\\"x\\\" \\\\ é 😀\"}";

    @Test
    void a_tree_is_read_and_written_as_jackson_does_it() throws IOException {
        JsonNode theirs = JsonMapper.builder().build().readTree(ALL_KINDS);
        assertThat(JsonTrees.text(JsonTrees.read(ALL_KINDS))).isEqualTo(theirs.toString());
        assertThat(JsonTrees.text(theirs)).isEqualTo(theirs.toString());
        assertThat(new String(JsonTrees.bytes(theirs), StandardCharsets.UTF_8)).isEqualTo(theirs.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1,", "{\"a\"}", "{} {}", "nope", "{\"a\":1]", "\"open"})
    void what_is_not_one_value_is_refused(String damaged) {
        assertThatThrownBy(() -> JsonTrees.read(damaged)).isInstanceOf(IOException.class);
    }

    @Test
    void a_text_nested_beyond_reason_is_refused() {
        String deep = "[".repeat(500) + "]".repeat(500);
        assertThatThrownBy(() -> JsonTrees.read(deep)).isInstanceOf(IOException.class);
    }
}
