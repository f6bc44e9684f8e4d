package dev.resilience.instrument.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What the stand-ins for a database's objects have in common. */
final class Detached {

    static final Object NOT_GENERAL = new Object();

    private Detached() {}

    /**
     * Methods of {@code Object} and {@code Wrapper}.
     *
     * @return {@link #NOT_GENERAL} when the method is none of these
     */
    static @Nullable Object general(Object proxy, String name, Object[] given, String what) throws SQLException {
        switch (name) {
            case "equals":
                return proxy == given[0];
            case "hashCode":
                return System.identityHashCode(proxy);
            case "toString":
                return "resilience: " + what;
            case "isWrapperFor":
                return given[0] instanceof Class<?> type && type.isInstance(proxy);
            case "unwrap":
                if (given[0] instanceof Class<?> type && type.isInstance(proxy)) {
                    return proxy;
                }
                throw new SQLException("resilience: " + what + ", not a " + given[0], "0A000");
            default:
                return NOT_GENERAL;
        }
    }

    /** What a method of this return type gives when there is nothing to give. */
    static @Nullable Object nothing(Class<?> type) {
        if (!type.isPrimitive() || type == void.class) {
            return null;
        }
        if (type == boolean.class) {
            return false;
        }
        if (type == long.class) {
            return 0L;
        }
        if (type == double.class) {
            return 0d;
        }
        if (type == float.class) {
            return 0f;
        }
        if (type == short.class) {
            return (short) 0;
        }
        return type == byte.class ? (Object) (byte) 0 : (Object) 0;
    }
}
