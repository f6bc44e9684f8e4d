package dev.resilience.instrument.http;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a library's objects that are nobody's to see, read and set by name. Each is looked for once for a class, which keeps what was
 * found and takes it along when it is unloaded: to look costs a copy of all of a class's fields. Thread-safe.
 */
public final class HiddenFields {

    private static final ClassValue<Map<String, Optional<Field>>> KNOWN = new ClassValue<>() {
        @Override
        protected Map<String, Optional<Field>> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    private HiddenFields() {}

    /** What the field of that name holds, whichever ancestor declares it; null when there is none. */
    public static @Nullable Object value(Object of, String name) throws ReflectiveOperationException {
        Optional<Field> field = field(of, name);
        return field.isEmpty() ? null : field.get().get(of);
    }

    /** Lets the field of that name, whichever ancestor declares it, hold something else; nothing is done when there is none. */
    public static void set(Object of, String name, Object value) throws ReflectiveOperationException {
        Optional<Field> field = field(of, name);
        if (field.isPresent()) {
            field.get().set(of, value);
        }
    }

    private static Optional<Field> field(Object of, String name) {
        Map<String, Optional<Field>> known = KNOWN.get(of.getClass());
        Optional<Field> field = known.get(name);
        if (field == null) {
            field = find(of.getClass(), name);
            known.put(name, field);
        }
        return field;
    }

    private static Optional<Field> find(Class<?> of, String name) {
        for (Class<?> type = of; type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name) && !Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    return Optional.of(field);
                }
            }
        }
        return Optional.empty();
    }
}
