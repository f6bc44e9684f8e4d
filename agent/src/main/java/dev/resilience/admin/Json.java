package dev.resilience.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.json.JsonTrees;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** JSON by trees: each route spells its names out, as the contract has them. */
final class Json {

    private static final double NANOS_PER_MILLI = 1e6;

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static ArrayNode array(Collection<String> texts) {
        ArrayNode array = array();
        texts.forEach(array::add);
        return array;
    }

    /** ISO 8601 in UTC, to the millisecond. */
    static String time(long epochMillis) {
        return Instant.ofEpochMilli(epochMillis).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** Milliseconds with three decimals. */
    static double millis(double nanos) {
        return Math.round(nanos / NANOS_PER_MILLI * 1000) / 1000.0;
    }

    /** Percent with three decimals, never rounded up to 100. */
    static double percent(double percent) {
        return percent >= 100 ? 100 : Math.floor(percent * 1000) / 1000.0;
    }

    /** @return null when the text is no JSON object */
    static @Nullable ObjectNode objectOf(String text) {
        try {
            return JsonTrees.read(text) instanceof ObjectNode object ? object : null;
        } catch (IOException damaged) {
            return null;
        }
    }

    static byte[] bytes(JsonNode node) {
        return JsonTrees.bytes(node);
    }
}
