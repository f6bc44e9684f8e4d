package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.lang.reflect.Field;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's {@code CopyManager.copyIn}, to which its others lead: rows are written without a statement. */
final class Copying implements Adapter {

    private static final ClassValue<Held> HELD = new ClassValue<>() {
        @Override
        protected Held computeValue(Class<?> type) {
            return new Held(connectionOf(type));
        }
    };

    private final Known known;

    Copying(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        Field connection = HELD.get(self.getClass()).connection;
        try {
            ConnectionState state = connection == null ? null : known.connections.get(connection.get(self));
            if (state != null && state != ConnectionState.UNKNOWN) {
                state.transaction.copied();
            }
        } catch (IllegalAccessException closed) {
            // Then it is not known, as of a driver without such a field.
        }
        return null;
    }

    private static @Nullable Field connectionOf(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            if (Connection.class.isAssignableFrom(field.getType())) {
                try {
                    field.setAccessible(true);
                    return field;
                } catch (RuntimeException closed) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Null where it has none, or none that can be read. */
    private record Held(@Nullable Field connection) {}
}
