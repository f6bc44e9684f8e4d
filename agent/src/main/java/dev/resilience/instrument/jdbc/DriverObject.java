package dev.resilience.instrument.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Values of PostgreSQL's types that Java has none for: {@code PGobject} (json, inet, interval, enumerations …) and the classes
 * derived from it. They are a type's name and a text, and can be made again from both.
 */
final class DriverObject {

    private static final String CLASS = "org.postgresql.util.PGobject";

    private DriverObject() {}

    static boolean is(Object value) {
        return is(value.getClass());
    }

    /** Null when it stands for NULL. */
    static @Nullable String text(Object value) throws SQLException {
        return call(value, "getValue") instanceof String text ? text : null;
    }

    static String type(Object value) throws SQLException {
        return String.valueOf(call(value, "getType"));
    }

    /**
     * @param like some object of the application's: its loader knows the driver, or the context class loader does
     * @return null when the class cannot be found or made
     */
    static @Nullable Object make(String className, String type, String text, @Nullable Object like) {
        // Metadata call what has no class of its own a String.
        String wanted = className.startsWith("org.postgresql.") ? className : CLASS;
        Class<?> known = find(wanted, like == null ? null : like.getClass().getClassLoader());
        if (known == null) {
            known = find(wanted, Thread.currentThread().getContextClassLoader());
        }
        try {
            if (known == null || !is(known)) {
                return null;
            }
            Object made = known.getConstructor().newInstance();
            known.getMethod("setType", String.class).invoke(made, type);
            known.getMethod("setValue", String.class).invoke(made, text);
            return made;
        } catch (ReflectiveOperationException | RuntimeException impossible) {
            return null;
        }
    }

    private static boolean is(Class<?> type) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            if (at.getName().equals(CLASS)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Object call(Object value, String method) throws SQLException {
        try {
            return value.getClass().getMethod(method).invoke(value);
        } catch (InvocationTargetException thrown) {
            throw new SQLException("cannot read " + value.getClass().getName(), thrown.getCause());
        } catch (ReflectiveOperationException hidden) {
            throw new SQLException("cannot read " + value.getClass().getName(), hidden);
        }
    }

    private static @Nullable Class<?> find(String className, @Nullable ClassLoader loader) {
        try {
            return loader == null ? null : Class.forName(className, true, loader);
        } catch (ClassNotFoundException | LinkageError unknown) {
            return null;
        }
    }
}
