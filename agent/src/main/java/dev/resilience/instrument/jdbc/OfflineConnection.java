package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.ThreadMarks;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection while none can be had: its statements are answered by fallbacks or refused at once. It calls itself valid for
 * no longer than the outage. A pool that tests nothing may keep it for longer; the first statement after the outage then
 * makes the connection a real one, in the same place. Thread-safe.
 */
final class OfflineConnection implements InvocationHandler {

    private final Known known;
    private final ConnectionState state;
    private final Endpoint endpoint;

    /** What was set meanwhile, by setter, to be set on the real connection in turn. */
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    private volatile boolean closed;
    private volatile @Nullable Connection real;

    /** Whether it stands for an attempt to connect that has only just failed: the first statement is of the same caller. */
    private volatile boolean fresh;

    OfflineConnection(Known known, ConnectionState state, Endpoint endpoint) {
        this.known = known;
        this.state = state;
        this.endpoint = endpoint;
        this.fresh = state.lost != null;
    }

    boolean offline() {
        return real == null;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Connection live = real;
        if (live == null && makesStatement(name) && !closed) {
            live = fresh ? null : connect((Connection) proxy);
            fresh = false;
        }
        boolean own = name.equals("equals") || name.equals("hashCode") || name.equals("toString");
        if (live != null && !own) {
            return delegate(live, method, arguments);
        }
        Object general = Detached.general(proxy, name, given, "no connection to " + shownUrl());
        return general != Detached.NOT_GENERAL ? general : answer((Connection) proxy, method, name, given);
    }

    private @Nullable Object answer(Connection proxy, Method method, String name, Object[] given) throws SQLException {
        switch (name) {
            case "close", "abort":
                if (!closed) {
                    closed = true;
                    known.offline.over(proxy);
                }
                return null;
            case "isClosed":
                return closed;
            case "isValid":
                return !closed && known.guard.open(endpoint);
            default:
                if (closed) {
                    throw new SQLException("This connection is closed", "08003");
                }
        }
        if (makesStatement(name)) {
            OnThread.get().found = state;
            return known.offline.statement(
                    proxy,
                    state,
                    given.length > 0 && given[0] instanceof String sql ? sql : null,
                    name.equals("prepareCall"));
        }
        switch (name) {
            case "getMetaData":
                return OfflineDatabase.of(proxy, state.origin());
            case "nativeSQL":
                return given[0];
            case "createArrayOf":
                return new DetachedArray(new Answer.ArrayValue((String) given[0], Arrays.asList((Object[]) given[1])));
            case "commit", "rollback", "beginRequest", "endRequest", "clearWarnings", "releaseSavepoint":
                return null;
            case "setSavepoint", "createBlob", "createClob", "createNClob", "createSQLXML", "createStruct":
                throw Rejections.offline(url());
            default:
                return name.startsWith("set") ? set(method, name, given) : get(method, name);
        }
    }

    private @Nullable Object set(Method method, String name, Object[] given) {
        synchronized (settings) {
            settings.put(
                    name.equals("setClientInfo") && given.length == 2 ? name + given[0] : name,
                    new Setting(method, given));
        }
        if (name.equals("setSchema") || name.equals("setCatalog")) {
            state.session.set(name, given[0]);
        }
        return Detached.nothing(method.getReturnType());
    }

    private @Nullable Object get(Method method, String name) {
        String setter = "set" + name.substring(name.startsWith("is") ? 2 : 3);
        Setting set;
        synchronized (settings) {
            set = settings.get(setter);
        }
        if (set != null && set.given.length > 0) {
            return set.given[set.given.length - 1];
        }
        return switch (name) {
            case "getAutoCommit" -> true;
            case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
            case "getHoldability" -> java.sql.ResultSet.HOLD_CURSORS_OVER_COMMIT;
            case "getTypeMap" -> new java.util.HashMap<String, Class<?>>();
            case "getClientInfo" -> method.getReturnType() == String.class ? null : new java.util.Properties();
            default -> Detached.nothing(method.getReturnType());
        };
    }

    /** The real connection, once the outage is over; null while there is none. */
    private @Nullable Connection connect(Connection proxy) {
        Driver driver = state.origin().driver();
        if (driver == null || ThreadMarks.active() || known.guard.open(endpoint)) {
            return null;
        }
        // The driver's own layers must not be taken for the ones that the statement is being made through.
        OnThread thread = OnThread.get();
        boolean preparing = thread.preparing;
        ConnectionState found = thread.found;
        Connection deepest = thread.deepest;
        try {
            Connection made = driver.connect(url(), state.origin().properties());
            if (made == null || OfflineConnections.is(made)) {
                if (made != null) {
                    made.close();
                }
                return null;
            }
            synchronized (settings) {
                for (Setting setting : settings.values()) {
                    delegate(made, setting.method, setting.given);
                }
            }
            real = made;
            known.offline.over(proxy);
            return made;
        } catch (Throwable stillAway) {
            return null;
        } finally {
            thread.preparing = preparing;
            thread.found = found;
            thread.deepest = deepest;
        }
    }

    private static @Nullable Object delegate(Connection live, Method method, Object @Nullable [] given)
            throws Throwable {
        try {
            return method.invoke(live, given);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() == null ? thrown : thrown.getCause();
        }
    }

    private static boolean makesStatement(String name) {
        return name.equals("createStatement") || name.equals("prepareStatement") || name.equals("prepareCall");
    }

    private String url() {
        String url = state.url();
        return url == null ? "" : url;
    }

    private String shownUrl() {
        return ShownUrl.of(url());
    }

    private record Setting(Method method, Object[] given) {}
}
