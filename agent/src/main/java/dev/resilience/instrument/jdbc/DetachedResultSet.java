package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ResultSet;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows at hand as a {@link ResultSet}: read only, to be scrolled, with no connection. Its one warning says which fallback
 * served it. A proxy, because an interface of two hundred methods has some twenty different things to do. Used by one
 * thread at a time.
 */
final class DetachedResultSet implements InvocationHandler {

    /** What the getters that are named by a type give. */
    private static final Map<String, Class<?>> GETTERS = Map.ofEntries(
            Map.entry("getString", String.class),
            Map.entry("getNString", String.class),
            Map.entry("getBoolean", boolean.class),
            Map.entry("getByte", byte.class),
            Map.entry("getShort", short.class),
            Map.entry("getInt", int.class),
            Map.entry("getLong", long.class),
            Map.entry("getFloat", float.class),
            Map.entry("getDouble", double.class),
            Map.entry("getBigDecimal", BigDecimal.class),
            Map.entry("getBytes", byte[].class),
            Map.entry("getDate", Date.class),
            Map.entry("getTime", Time.class),
            Map.entry("getTimestamp", Timestamp.class),
            Map.entry("getAsciiStream", Values.Ascii.class),
            Map.entry("getUnicodeStream", Values.Ascii.class),
            Map.entry("getBinaryStream", InputStream.class),
            Map.entry("getCharacterStream", Reader.class),
            Map.entry("getNCharacterStream", Reader.class),
            Map.entry("getObject", Object.class),
            Map.entry("getBlob", Blob.class),
            Map.entry("getClob", Clob.class),
            Map.entry("getNClob", NClob.class),
            Map.entry("getArray", Array.class),
            Map.entry("getURL", java.net.URL.class),
            Map.entry("getRowId", RowId.class),
            Map.entry("getSQLXML", SQLXML.class),
            Map.entry("getRef", java.sql.Ref.class));

    private final List<Answer.Column> columns;
    private final Cursor cursor;
    private final List<@Nullable Object[]> values;
    /** Null for what no statement gave. */
    private final @Nullable Statement statement;

    private final Values.Home home;
    private final Map<String, Integer> byName = new HashMap<>();
    private @Nullable SQLWarning warning;
    private boolean wasNull;
    private boolean closed;
    private int fetchSize;
    private int fetchDirection = ResultSet.FETCH_FORWARD;

    private DetachedResultSet(
            Answer.Rows rows,
            Cursor cursor,
            @Nullable Statement statement,
            @Nullable String url,
            @Nullable SQLWarning warning) {
        this.columns = rows.columns();
        this.values = rows.values();
        this.cursor = cursor;
        this.statement = statement;
        this.home = new Values.Home(statement, Vendor.of(url));
        this.warning = warning;
        // The first of several columns of one name is meant; a label counts before a name.
        for (int i = columns.size(); i > 0; i--) {
            byName.put(columns.get(i - 1).name().toLowerCase(Locale.ROOT), i);
        }
        for (int i = columns.size(); i > 0; i--) {
            byName.put(columns.get(i - 1).label().toLowerCase(Locale.ROOT), i);
        }
    }

    /** @param cursor where it stands */
    static ResultSet of(Answer.RowSet answer, Cursor cursor, Statement statement, @Nullable String url) {
        SQLWarning served = new SQLWarning(
                "Served by the fallback " + answer.strategy() + (url == null ? "" : " for " + ShownUrl.of(url)),
                "01000");
        return proxy(new DetachedResultSet(answer.rows(), cursor, statement, url, served));
    }

    /** Of no statement: an array's elements. */
    static ResultSet of(Answer.Rows rows) {
        return proxy(new DetachedResultSet(rows, new Cursor(rows.values().size()), null, null, null));
    }

    static ResultSet empty(Statement statement) {
        return proxy(
                new DetachedResultSet(new Answer.Rows(List.of(), List.of()), new Cursor(0), statement, null, null));
    }

    private static ResultSet proxy(DetachedResultSet handler) {
        return (ResultSet) Proxy.newProxyInstance(
                DetachedResultSet.class.getClassLoader(), new Class<?>[] {ResultSet.class}, handler);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws SQLException {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Object general = Detached.general(proxy, name, given, "rows at hand");
        if (general != Detached.NOT_GENERAL) {
            return general;
        }
        switch (name) {
            case "close":
                if (!closed) {
                    closed = true;
                    complete();
                }
                return null;
            case "isClosed":
                return closed;
            default:
                if (closed) {
                    throw Refusal.CLOSED.of(home.vendor(), "This result set is closed", null);
                }
        }
        Class<?> getter = GETTERS.get(name);
        if (getter != null && given.length > 0) {
            return get(getter, given);
        }
        return cursor.knows(name) ? cursor.move(name, given) : other(name, given);
    }

    /** Its statement has no other rows; who asked for that does not close it himself. */
    private void complete() {
        try {
            if (statement != null && statement.isCloseOnCompletion()) {
                statement.close();
            }
        } catch (SQLException | RuntimeException | AbstractMethodError closedAlready) {
            // Or nobody asked for it: the driver knows no such thing.
        }
    }

    /** Its statement runs anew, or is closed. */
    static void over(ResultSet rows) {
        ((DetachedResultSet) Proxy.getInvocationHandler(rows)).closed = true;
    }

    private @Nullable Object other(String name, Object[] given) throws SQLException {
        switch (name) {
            case "wasNull":
                return wasNull;
            case "findColumn":
                return column(given[0]);
            case "getMetaData":
                return new DetachedMetaData(columns, home.vendor());
            case "getStatement":
                return statement;
            case "getWarnings":
                return warning;
            case "clearWarnings":
                warning = null;
                return null;
            case "getType":
                return ResultSet.TYPE_SCROLL_INSENSITIVE;
            case "getConcurrency":
                return ResultSet.CONCUR_READ_ONLY;
            case "getHoldability":
                return ResultSet.HOLD_CURSORS_OVER_COMMIT;
            case "getFetchSize":
                return fetchSize;
            case "setFetchSize":
                fetchSize = (Integer) given[0];
                return null;
            case "getFetchDirection":
                return fetchDirection;
            case "setFetchDirection":
                fetchDirection = (Integer) given[0];
                return null;
            case "rowUpdated", "rowInserted", "rowDeleted":
                return false;
            default:
                throw Refusal.FEATURE.of(
                        home.vendor(), "An answer in the database's place is read only: " + name, null);
        }
    }

    private @Nullable Object get(Class<?> getter, Object[] given) throws SQLException {
        int row = cursor.row();
        boolean columnFirst = given[0] instanceof String || home.vendor().looksForColumnsFirst();
        if (row < 0 && !columnFirst) {
            throw noRow();
        }
        int index = column(given[0]);
        if (row < 0) {
            throw noRow();
        }
        Object value = values.get(row)[index - 1];
        wasNull = value == null;
        Object second = given.length > 1 ? given[1] : null;
        Class<?> type = getter == Object.class && second instanceof Class<?> wanted ? wanted : getter;
        if (value == null) {
            return Detached.nothing(type);
        }
        Calendar zone = second instanceof Calendar calendar ? calendar : null;
        Object made = Values.to(type, value, columns.get(index - 1), zone, home);
        return made instanceof BigDecimal decimal && second instanceof Integer scale
                ? decimal.setScale(scale, home.vendor().rounding())
                : made;
    }

    private SQLException noRow() {
        return Refusal.NO_ROW.of(home.vendor(), "The result set stands on no row", null);
    }

    /** @param given a number from 1, or a name in any case */
    private int column(@Nullable Object given) throws SQLException {
        if (given instanceof Integer index) {
            if (index < 1 || index > columns.size()) {
                throw Refusal.NO_COLUMN.of(
                        home.vendor(), "There is no column " + index + " among " + columns.size(), null);
            }
            return index;
        }
        Integer found = given == null ? null : byName.get(given.toString().toLowerCase(Locale.ROOT));
        if (found == null) {
            throw Refusal.NO_COLUMN_NAMED.of(home.vendor(), "There is no column " + given, null);
        }
        return found;
    }
}
