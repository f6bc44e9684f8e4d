package dev.resilience.instrument.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The names of columns' types. PostgreSQL's driver runs a query on the application's connection to call an {@code int4} a
 * {@code serial} where it numbers itself; asked by what it goes by inside, it tells the type, and runs none but once for a type
 * that is not built in.
 */
final class TypeNames {

    private static final ClassValue<Told> TOLD = new ClassValue<>() {
        @Override
        protected Told computeValue(Class<?> type) {
            return new Told(within(type));
        }
    };

    private TypeNames() {}

    static @Nullable String of(ResultSetMetaData metaData, int column) throws SQLException {
        Method within = TOLD.get(metaData.getClass()).within;
        if (within == null) {
            return metaData.getColumnTypeName(column);
        }
        try {
            return (String) within.invoke(metaData, column);
        } catch (InvocationTargetException | IllegalAccessException untold) {
            throw new SQLException("no type of column " + column, untold);
        }
    }

    private static @Nullable Method within(Class<?> type) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            try {
                Method found = at.getDeclaredMethod("getPGType", int.class);
                found.setAccessible(true);
                return found;
            } catch (NoSuchMethodException elsewhere) {
                // Another driver's, or declared by its parent.
            } catch (RuntimeException | LinkageError closed) {
                return null;
            }
        }
        return null;
    }

    /** Null where the driver has no such way. */
    private record Told(@Nullable Method within) {}
}
