package dev.resilience.instrument.http;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a library's objects that are nobody's to see, read by name. Each is looked for once for a class, which keeps what was
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
        Map<String, Optional<Field>> known = KNOWN.get(of.getClass());
        Optional<Field> field = known.get(name);
        if (field == null) {
            field = find(of.getClass(), name);
            known.put(name, field);
        }
        return field.isEmpty() ? null : field.get().get(of);
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
