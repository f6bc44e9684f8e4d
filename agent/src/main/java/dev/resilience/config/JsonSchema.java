package dev.resilience.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.config.EndpointConfig.StatusRange;
import dev.resilience.config.Type.Key;
import dev.resilience.config.Type.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Schema} as JSON Schema (draft 7, which editors' YAML servers know best): completion, documentation and most of
 * the checks while one writes. What several keys must agree on is left to {@code config validate}.
 */
public final class JsonSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String VARIABLE = "variable";

    /** Around the digits of a number that is quoted. */
    private static final String LEADING = "\\+?(0_*)*";

    private static final String ZEROS = "(_*\\._*0(_*0)*)?";
    private static final String FRACTION = "(_*\\._*[0-9](_*[0-9])*)?";

    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final ObjectNode definitions = NODES.objectNode();

    private JsonSchema() {}

    /** The whole document, the same for the same schema. */
    public static String text() {
        try {
            return JsonMapper.builder()
                            .build()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(new JsonSchema().document())
                    + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private JsonNode document() {
        ObjectNode document = NODES.objectNode();
        document.put("$schema", "http://json-schema.org/draft-07/schema#");
        document.put("title", "Configuration of resilience.jar");
        definitions
                .putObject(VARIABLE)
                .put("type", "string")
                .put("pattern", "\\$\\{")
                .put("description", "${NAME} or ${NAME:default} of the environment");
        document.setAll(section(Schema.ROOT));
        document.set("definitions", definitions);
        return document;
    }

    private ObjectNode section(Section section) {
        ObjectNode node = NODES.objectNode();
        // A section with nothing in it is null in YAML.
        node.putArray("type").add("object").add("null");
        node.put("additionalProperties", false);
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = NODES.arrayNode();
        for (Key key : section.keys().values()) {
            ObjectNode property = NODES.objectNode();
            property.put("description", key.about());
            property.setAll(value(key.type()));
            JsonNode fallback = fallback(key.fallback());
            if (fallback != null) {
                property.set("default", fallback);
            }
            List<String> examples = SchemaWords.examples(key.type());
            if (!examples.isEmpty()) {
                ArrayNode shown = property.putArray("examples");
                examples.forEach(shown::add);
            }
            properties.set(key.name(), property);
            if (key.required()) {
                required.add(key.name());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        if (section == Schema.ENDPOINT) {
            exactlyOne(node, List.of("http", "jdbc"));
        } else if (section == Schema.PROBE) {
            exactlyOne(node, List.of("http", "sql", "redis"));
        }
        return node;
    }

    private static void exactlyOne(ObjectNode node, List<String> names) {
        ArrayNode one = node.putArray("oneOf");
        names.forEach(name -> one.addObject().putArray("required").add(name));
    }

    private ObjectNode value(Type type) {
        if (type instanceof Section section) {
            return reference(section);
        } else if (type instanceof Type.MapOf map) {
            ObjectNode node = NODES.objectNode();
            node.putArray("type").add("object").add("null");
            if (map.names().pattern != null) {
                node.putObject("propertyNames").put("pattern", map.names().pattern);
            }
            node.set("additionalProperties", value(map.value()));
            return node;
        } else if (type instanceof Type.ListOf list) {
            ObjectNode items = NODES.objectNode().put("type", "array");
            if (list.least() > 0) {
                items.put("minItems", list.least());
            }
            items.set("items", value(list.item()));
            return list.single() ? any(value(list.item()), items) : items;
        } else if (type instanceof Type.Links links) {
            return links(links);
        } else if (type instanceof Type.Cells) {
            ObjectNode node = NODES.objectNode();
            node.putArray("type").add("string").add("number").add("boolean").add("null");
            return node;
        }
        return any(scalar(type), NODES.objectNode().put("$ref", "#/definitions/" + VARIABLE));
    }

    private static ObjectNode scalar(Type type) {
        ObjectNode node = NODES.objectNode();
        if (type instanceof Type.Text text) {
            if (text.form().pattern == null) {
                node.putArray("type").add("string").add("number").add("boolean");
            } else {
                // YAML reads 42 as a number where a name is meant; a pattern applies to strings only.
                node.putArray("type").add("string").add("number");
                node.put("pattern", text.form().pattern);
            }
        } else if (type instanceof Type.Whole whole) {
            return any(
                    node.put("type", "integer").put("minimum", whole.least()).put("maximum", whole.most()),
                    quoted(LEADING + "(" + digits(whole.least(), whole.most()) + ")" + ZEROS));
        } else if (type instanceof Type.Share) {
            return any(number(0, 1), quoted(decimals(0, 1) + "|" + decimals(0, 100) + " *%"));
        } else if (type instanceof Type.Percent) {
            return any(number(0, 100), quoted(decimals(0, 100) + " *%?"));
        } else if (type instanceof Type.Factor factor) {
            int least = (int) factor.least();
            int most = (int) factor.most();
            return any(number(least, most), quoted(decimals(least, most)));
        } else if (type instanceof Type.Length) {
            return any(
                    NODES.objectNode().put("type", "number").put("exclusiveMinimum", 0),
                    string("^[0-9][0-9._]* *(ms|s|m|h|d)?$"));
        } else if (type instanceof Type.Flag) {
            return any(
                    NODES.objectNode().put("type", "boolean"),
                    string("^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$"));
        } else if (type instanceof Type.Choice choice) {
            words(node, choice.values());
        } else if (type instanceof Type.Status) {
            return status();
        } else if (type instanceof Type.Reason reason) {
            words(node, reason.words());
            return any(node, status());
        } else {
            throw new IllegalArgumentException(type.toString());
        }
        return node;
    }

    /** What is quoted has no minimum in JSON Schema. */
    private static ObjectNode quoted(String number) {
        return string("^ *(" + number + ") *$");
    }

    /** A pattern of the numbers from 0 on that lie between bounds. */
    private static String decimals(int least, int most) {
        return LEADING + "((" + digits(least, most - 1) + ")" + FRACTION + "|(" + digits(most, most) + ")" + ZEROS
                + ")";
    }

    /** A pattern of the whole numbers from 0 on that lie between bounds. */
    private static String digits(int least, int most) {
        List<String> ways = new ArrayList<>();
        for (int from = least; from <= most; ) {
            // So many numbers that begin alike differ in their last digits alone.
            int alike = 1;
            int any = 0;
            while (from > 0 && from % (10 * alike) == 0 && from + 10 * alike - 1 <= most) {
                alike *= 10;
                any++;
            }
            int first = from / alike % 10;
            int last = Math.min(9, first + (most - from + 1) / alike - 1);
            String before = from / alike < 10 ? "" : "" + from / alike / 10;
            ways.add(before.replaceAll("(.)", "$1_*")
                    + (first == last ? "" + first : "[" + first + "-" + last + "]")
                    + (any == 0 ? "" : "(_*[0-9]){" + any + "}"));
            from += (last - first + 1) * alike;
        }
        return String.join("|", ways);
    }

    /** The second list is what editors show beside the words of the first. */
    private static void words(ObjectNode node, List<String> words) {
        ArrayNode values = node.putArray("enum");
        ArrayNode meanings = node.putArray("enumDescriptions");
        for (String word : words) {
            values.add(word);
            meanings.add(SchemaWords.meaning(word));
        }
    }

    private static ObjectNode status() {
        return any(
                NODES.objectNode().put("type", "integer").put("minimum", 100).put("maximum", 599),
                string("^[1-5][0-9][0-9]( *- *[1-5][0-9][0-9])?$"));
    }

    private ObjectNode links(Type.Links links) {
        List<String> bare = new ArrayList<>();
        ObjectNode mapping = NODES.objectNode().put("type", "object").put("additionalProperties", false);
        mapping.put("minProperties", 1).put("maxProperties", 1);
        ObjectNode properties = mapping.putObject("properties");
        for (Map.Entry<String, Section> link : links.options().entrySet()) {
            if (link.getValue().keys().values().stream().noneMatch(Key::required)) {
                bare.add(link.getKey());
            }
            ObjectNode one = NODES.objectNode().put("description", SchemaWords.meaning(link.getKey()));
            one.setAll(reference(link.getValue()));
            properties.set(link.getKey(), one);
        }
        ObjectNode names = NODES.objectNode();
        words(names, bare);
        return any(names, mapping);
    }

    private ObjectNode reference(Section section) {
        String name = section.name();
        Section known = sections.putIfAbsent(name, section);
        if (known == null) {
            definitions.set(name, section(section));
        } else if (known != section) {
            throw new IllegalStateException("two sections are called " + name);
        }
        return NODES.objectNode().put("$ref", "#/definitions/" + name);
    }

    private static ObjectNode number(double least, double most) {
        return NODES.objectNode().put("type", "number").put("minimum", least).put("maximum", most);
    }

    private static ObjectNode string(String pattern) {
        return NODES.objectNode().put("type", "string").put("pattern", pattern);
    }

    private static ObjectNode any(ObjectNode... choices) {
        ObjectNode node = NODES.objectNode();
        ArrayNode any = node.putArray("anyOf");
        for (ObjectNode choice : choices) {
            if (choice.size() == 1 && choice.get("anyOf") instanceof ArrayNode inner) {
                any.addAll(inner);
            } else {
                any.add(choice);
            }
        }
        return node;
    }

    private static @Nullable JsonNode fallback(@Nullable Object value) {
        if (value instanceof Duration length) {
            return NODES.textNode(length.toMillis() % 1000 == 0 ? length.toSeconds() + "s" : length.toMillis() + "ms");
        } else if (value instanceof Integer number) {
            return NODES.numberNode(number);
        } else if (value instanceof Double number) {
            return NODES.numberNode(number);
        } else if (value instanceof Boolean flag) {
            return NODES.booleanNode(flag);
        } else if (value instanceof String text) {
            return NODES.textNode(text);
        } else if (value instanceof StatusRange range) {
            return range.from() == range.to()
                    ? NODES.numberNode(range.from())
                    : NODES.textNode(range.from() + "-" + range.to());
        } else if (value instanceof Collection<?> items) {
            ArrayNode array = NODES.arrayNode();
            for (Object item : items) {
                JsonNode each = fallback(item);
                if (each != null) {
                    array.add(each);
                }
            }
            return array;
        }
        return null;
    }
}
