package dev.resilience.testapps.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.NClob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;

/** All that can be asked of a result by the interfaces, whatever that is in this JDK, and what came of it in words. */
final class EveryGetter {

    /** What a method threw, told apart from what methods give. */
    static final String THROWN = "thrown: ";

    private static final List<Class<?>> TYPES = List.of(
            Object.class,
            String.class,
            Boolean.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigDecimal.class,
            BigInteger.class,
            byte[].class,
            java.util.Date.class,
            java.sql.Date.class,
            Time.class,
            Timestamp.class,
            Calendar.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            OffsetDateTime.class,
            OffsetTime.class,
            ZonedDateTime.class,
            Instant.class,
            UUID.class,
            Array.class,
            Blob.class,
            Clob.class,
            NClob.class,
            SQLXML.class,
            InputStream.class,
            Reader.class,
            Integer[].class,
            EveryGetter.class);

    private EveryGetter() {}

    /** All rows, each value by every getter, by index and by label. */
    static Map<String, String> ofRows(ResultSet rows) throws SQLException {
        Map<String, String> told = new LinkedHashMap<>();
        List<Method> getters = methods(ResultSet.class)
                .filter(method -> method.getName().startsWith("get") && method.getParameterCount() > 0)
                .toList();
        for (int row = 1; rows.next(); row++) {
            ResultSetMetaData columns = rows.getMetaData();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                String label = columns.getColumnLabel(column);
                String at = "row " + row + " " + label + " " + columns.getColumnTypeName(column) + " ";
                for (Method getter : getters) {
                    Class<?>[] given = getter.getParameterTypes();
                    Object place = given[0] == int.class ? column : label;
                    String name = at + getter.getName() + (given[0] == int.class ? "" : " by label");
                    if (given.length == 1) {
                        tell(told, name, rows, getter, place);
                    } else if (given[1] == Class.class) {
                        TYPES.forEach(type -> tell(told, name + " " + type.getSimpleName(), rows, getter, place, type));
                    } else {
                        tell(told, name + " and " + given[1].getSimpleName(), rows, getter, place, second(given[1]));
                    }
                }
            }
        }
        return told;
    }

    /** Of every column, and of one that there is not. */
    static Map<String, String> ofColumns(ResultSetMetaData columns) throws SQLException {
        Map<String, String> told = new LinkedHashMap<>();
        for (int column = 0; column <= columns.getColumnCount() + 1; column++) {
            boolean there = column > 0 && column <= columns.getColumnCount();
            String at =
                    there ? columns.getColumnLabel(column) + " " + columns.getColumnTypeName(column) : "none " + column;
            for (Method method : methods(ResultSetMetaData.class).toList()) {
                if (Arrays.equals(method.getParameterTypes(), new Class<?>[] {int.class})) {
                    tell(told, at + " " + method.getName(), columns, method, column);
                }
            }
        }
        return told;
    }

    /** Wherever a result can stand, what it says of that, and what it says to mistakes. Closes it. */
    static Map<String, String> ofCursor(ResultSet rows) throws Exception {
        Map<String, String> told = new LinkedHashMap<>();
        List<String> steps = List.of(
                "beforeFirst",
                "next",
                "previous",
                "next",
                "next",
                "absolute 2",
                "absolute -1",
                "relative -1",
                "relative 9",
                "relative -2",
                "absolute 0",
                "absolute 99",
                "absolute -99",
                "relative 0",
                "last",
                "next",
                "next",
                "previous",
                "first",
                "previous",
                "previous",
                "afterLast",
                "next");
        for (int at = 0; at < steps.size(); at++) {
            String[] words = steps.get(at).split(" ");
            String name = (at + 1) + " " + steps.get(at);
            told.put(
                    name,
                    words.length == 1
                            ? of(rows, ResultSet.class.getMethod(words[0]))
                            : of(rows, ResultSet.class.getMethod(words[0], int.class), Integer.parseInt(words[1])));
            for (String asked : List.of("isBeforeFirst", "isFirst", "isLast", "isAfterLast", "getRow")) {
                told.put(name + ", " + asked, of(rows, ResultSet.class.getMethod(asked)));
            }
            told.put(name + ", getInt", of(rows, ResultSet.class.getMethod("getInt", int.class), 1));
        }
        rows.first();
        for (Object place : List.of(0, -1, 99, "nowhere", "", "ID", "id")) {
            boolean index = place instanceof Integer;
            told.put(
                    "getInt of " + place,
                    of(rows, ResultSet.class.getMethod("getInt", index ? int.class : String.class), place));
            if (!index) {
                told.put(
                        "findColumn of " + place,
                        of(rows, ResultSet.class.getMethod("findColumn", String.class), place));
            }
        }
        List<Method> plain = methods(ResultSet.class)
                .filter(method -> method.getParameterCount() == 0 && method.getDeclaringClass() == ResultSet.class)
                .filter(method -> !List.of("close", "getStatement", "getMetaData", "getWarnings", "next")
                        .contains(method.getName()))
                .toList();
        for (Method method : plain) {
            told.put(method.getName(), of(rows, method));
        }
        told.put("getInt as text", of(rows, ResultSet.class.getMethod("getInt", String.class), "name"));
        told.put("updateInt", of(rows, ResultSet.class.getMethod("updateInt", int.class, int.class), 1, 1));
        rows.close();
        rows.close();
        for (Method method : plain) {
            told.put("closed, " + method.getName(), of(rows, method));
        }
        for (String method : List.of("next", "getMetaData", "isClosed")) {
            told.put("closed, " + method, of(rows, ResultSet.class.getMethod(method)));
        }
        told.put("closed, getInt", of(rows, ResultSet.class.getMethod("getInt", int.class), 1));
        told.put("closed, getString", of(rows, ResultSet.class.getMethod("getString", String.class), "id"));
        return told;
    }

    static String of(Object asked, Method method, Object... given) {
        try {
            return words(method.invoke(asked, given));
        } catch (InvocationTargetException thrown) {
            return THROWN + standard(thrown.getCause());
        } catch (Exception unreadable) {
            return THROWN + standard(unreadable);
        }
    }

    /** In an order that does not change. */
    static Stream<Method> methods(Class<?> type) {
        return Arrays.stream(type.getMethods()).sorted(Comparator.comparing(Method::toGenericString));
    }

    private static void tell(Map<String, String> told, String name, Object asked, Method method, Object... given) {
        String answer = of(asked, method, given);
        told.put(name, answer);
        if (method.getDeclaringClass() == ResultSet.class && !answer.startsWith(THROWN)) {
            ResultSet rows = (ResultSet) asked;
            try {
                told.put(name + ", was null", String.valueOf(rows.wasNull()));
            } catch (SQLException untold) {
                told.put(name + ", was null", THROWN + standard(untold));
            }
        }
    }

    private static Object second(Class<?> type) {
        if (type == Calendar.class) {
            return new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo"));
        }
        return type == Map.class ? Map.of() : (Object) 1;
    }

    /** The class of JDBC's own that a caller may catch, and the state. */
    private static String standard(Throwable thrown) {
        if (!(thrown instanceof SQLException e)) {
            return thrown instanceof RuntimeException
                    ? "RuntimeException"
                    : thrown.getClass().getName();
        }
        Class<?> type = thrown.getClass();
        while (!type.getName().startsWith("java.sql.")) {
            type = type.getSuperclass();
        }
        return type.getSimpleName() + " " + e.getSQLState();
    }

    private static String words(Object value) throws Exception {
        if (value == null) {
            return "null";
        }
        if (value instanceof byte[] bytes) {
            return "byte[] " + HexFormat.of().formatHex(bytes);
        }
        if (value instanceof InputStream stream) {
            return "InputStream " + HexFormat.of().formatHex(stream.readAllBytes());
        }
        if (value instanceof Reader reader) {
            StringBuilder text = new StringBuilder("Reader ");
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                text.append((char) c);
            }
            return text.toString();
        }
        if (value instanceof Clob clob) {
            return "Clob " + clob.getSubString(1, (int) clob.length());
        }
        if (value instanceof Blob blob) {
            return "Blob " + HexFormat.of().formatHex(blob.getBytes(1, (int) blob.length()));
        }
        if (value instanceof SQLXML xml) {
            return "SQLXML " + xml.getString();
        }
        if (value instanceof Array array) {
            return "Array of " + array.getBaseTypeName() + " " + array.getBaseType() + " " + words(array.getArray());
        }
        if (value instanceof Object[] elements) {
            List<String> all = new ArrayList<>();
            for (Object element : elements) {
                all.add(words(element));
            }
            return value.getClass().getSimpleName() + all;
        }
        if (value.getClass().isArray()) {
            return value.getClass().getSimpleName() + " of " + java.lang.reflect.Array.getLength(value);
        }
        if (value instanceof Calendar calendar) {
            return "Calendar " + calendar.toInstant();
        }
        return value.getClass().getName() + " " + value;
    }
}
