package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Arrays among a statement's parameters. Drivers tell an array's type by the database's own name, whatever the application called
 * it, and its elements in that type; where there is no driver both are as they were given. They are the same question.
 */
final class ArrayParameters {

    private static final String WHOLE = "int";
    private static final String TEXT = "text";
    private static final String ID = "uuid";

    private static final Map<String, String> KINDS = Map.ofEntries(
            Map.entry("smallint", WHOLE),
            Map.entry("int2", WHOLE),
            Map.entry("int", WHOLE),
            Map.entry("integer", WHOLE),
            Map.entry("int4", WHOLE),
            Map.entry("long", WHOLE),
            Map.entry("bigint", WHOLE),
            Map.entry("int8", WHOLE),
            Map.entry("text", TEXT),
            Map.entry("varchar", TEXT),
            Map.entry("character varying", TEXT),
            Map.entry("boolean", "bool"),
            Map.entry("real", "float4"),
            Map.entry("float", "float8"),
            Map.entry("double", "float8"),
            Map.entry("double precision", "float8"),
            Map.entry("decimal", "numeric"),
            Map.entry("time without time zone", "time"),
            Map.entry("time with time zone", "timetz"),
            Map.entry("timestamp without time zone", "timestamp"),
            Map.entry("timestamp with time zone", "timestamptz"));

    private ArrayParameters() {}

    /** The parameter as all tell it who ask the same. */
    static @Nullable Object told(@Nullable Object parameter) {
        if (parameter instanceof Answer.ArrayValue array) {
            return told(array);
        }
        return parameter instanceof Answer.Spelled spelled && spelled.value() instanceof Answer.ArrayValue array
                ? new Answer.Spelled(told(array), spelled.text())
                : parameter;
    }

    private static Answer.ArrayValue told(Answer.ArrayValue array) {
        String name = array.baseType().toLowerCase(Locale.ROOT);
        String kind = KINDS.getOrDefault(name, name);
        List<@Nullable Object> elements = new ArrayList<>(array.elements().size());
        for (Object element : array.elements()) {
            elements.add(told(element, kind));
        }
        return new Answer.ArrayValue(kind, elements);
    }

    private static @Nullable Object told(@Nullable Object element, String kind) {
        if (element instanceof Answer.ArrayValue inner) {
            return told(new Answer.ArrayValue(kind, inner.elements()));
        }
        if (kind.equals(WHOLE) && (element instanceof Integer || element instanceof Short || element instanceof Byte)) {
            return ((Number) element).longValue();
        }
        return kind.equals(ID) && element != null ? element.toString() : element;
    }
}
