package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.ThreadMarks;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A connection while none can be had: its statements are answered by fallbacks or refused at once. It calls itself valid
 * while the circuit is open, and before that only to the borrower for whom the attempt was made that failed: whoever borrows
 * later has the database asked anew. A pool that tests nothing may keep it for longer; the next borrower's first statement
 * then makes the connection a real one, in the same place; never in a transaction of which something was answered. Thread-safe.
 */
final class OfflineConnection implements InvocationHandler {

    private final Known known;
    private final ConnectionState state;
    private final Endpoint endpoint;
    private final long attempt;

    private final Meanwhile meanwhile = new Meanwhile();
    private final Object making = new Object();
    private volatile boolean closed;
    private volatile @Nullable Connection real;

    private volatile WeakReference<Connection> proxy = new WeakReference<>(null);

    /** Whether it stands for an attempt to connect that has only just failed: the first statement is of the same caller. */
    private volatile boolean fresh;

    OfflineConnection(Known known, ConnectionState state, Endpoint endpoint, long attempt) {
        this.known = known;
        this.state = state;
        this.endpoint = endpoint;
        this.attempt = attempt;
        this.fresh = state.lost != null;
    }

    /** Held weakly: what is known of a connection must not keep it. */
    void standsFor(Connection made) {
        proxy = new WeakReference<>(made);
    }

    boolean offline() {
        return real == null;
    }

    /** The real connection that it became; null for none. @param again whether the database is asked for one */
    @Nullable
    Connection real(boolean again) {
        Connection live = real;
        return live == null && again && !closed ? asked() : live;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Connection live = real;
        if (live == null && makesStatement(name) && !closed) {
            live = asked();
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
                return close();
            case "isClosed":
                return closed;
            case "isValid":
                return valid();
            default:
                if (closed) {
                    throw name.equals("setClientInfo")
                            ? new SQLClientInfoException("This connection is closed", "08003", Map.of())
                            : new SQLException("This connection is closed", "08003");
                }
        }
        if (makesStatement(name)) {
            OnThread.get().reached(proxy, state);
            return known.offline.statement(
                    proxy,
                    state,
                    given.length > 0 && given[0] instanceof String sql ? sql : null,
                    name.equals("prepareCall"),
                    given.length == 2 && StatementState.asksForKeys(given[1]),
                    again -> {
                        Connection live = real(again);
                        return live == null ? null : (Statement) delegate(live, method, given);
                    });
        }
        switch (name) {
            case "getMetaData":
                return OfflineDatabase.of(proxy, state);
            case "nativeSQL":
                return given[0];
            case "createArrayOf":
                return new DetachedArray(new Answer.ArrayValue((String) given[0], Arrays.asList((Object[]) given[1])));
            case "commit":
                ended();
                return null;
            case "rollback":
                state.session.rolledBack(given.length == 0);
                if (given.length == 0) {
                    state.transaction.over();
                }
                return null;
            case "clearWarnings":
                return givenBack();
            case "getWarnings":
                return warning();
            case "getClientInfo":
                return clientInfo(given);
            case "beginRequest", "endRequest", "releaseSavepoint":
                return null;
            case "setSavepoint", "createBlob", "createClob", "createNClob", "createSQLXML", "createStruct":
                throw Rejections.offline(url());
            default:
                return name.startsWith("set") ? set(method, name, given) : get(method, name);
        }
    }

    /**
     * By this pools ready a connection for the next borrower. Some neither end what the last one left open nor test what was used
     * a moment ago.
     */
    private @Nullable Object givenBack() {
        ended();
        meanwhile.givenBack();
        return null;
    }

    /** Agroal asks for them when it is given a connection back, and clears them where there are some. */
    private @Nullable SQLWarning warning() {
        return state.transaction.withoutDatabase()
                ? new SQLWarning(
                        "no connection to " + shownUrl() + ": this transaction is answered without it", "01000")
                : null;
    }

    private void ended() {
        state.session.committed();
        state.transaction.over();
    }

    /** A real connection that is being made meanwhile is closed by who makes it. */
    private @Nullable Object close() throws SQLException {
        Connection live;
        synchronized (making) {
            live = real;
            if (!closed) {
                closed = true;
                over();
            }
        }
        if (live != null) {
            live.close();
        }
        return null;
    }

    private boolean valid() {
        if (closed) {
            return false;
        }
        OnThread thread = OnThread.get();
        return known.guard.open(endpoint) || (thread.borrowing > 0 && thread.askedBefore(attempt));
    }

    /** What a pool executes to set up the connection goes well; to test it, as long as it calls itself valid. */
    boolean passes(OnThread thread) {
        return thread.pooling > 0 && real == null && (thread.settingUp > 0 || valid());
    }

    /**
     * A pool executed it, and it went well: the real connection is no other than the pool made this one.
     *
     * @param repeatable whether it means the same if it is executed on another connection, by its text alone
     */
    void passed(String sql, boolean repeatable) {
        meanwhile.executed(sql, repeatable && !state.session.isLocal(), OnThread.get().settingUp > 0);
    }

    /** Its borrower set something by a statement. In a transaction it may be taken back with that, and is not said again. */
    void setBy(String sql) {
        meanwhile.executed(sql, meanwhile.commitsItself() && !state.session.isLocal(), false);
    }

    /** A statement was answered or refused in the database's place: what was read decides what the rest of its transaction does. */
    void executed() {
        if (!meanwhile.commitsItself()) {
            state.transaction.goesOnWithoutDatabase();
        }
    }

    /** For a statement: the real connection, null while there is none. A pool that tests one asks for another itself. */
    private @Nullable Connection asked() {
        OnThread thread = OnThread.get();
        if (thread.pooling > 0 || state.transaction.withoutDatabase() || !meanwhile.isRepeatable()) {
            return null;
        }
        boolean asked = fresh && thread.askedBefore(attempt);
        fresh = false;
        return asked ? null : connect();
    }

    private @Nullable Object set(Method method, String name, Object[] given) {
        boolean committing = meanwhile.commitsItself();
        meanwhile.set(method, given);
        if (committing != meanwhile.commitsItself()) {
            ended();
        }
        if (name.equals("setSchema") || name.equals("setCatalog")) {
            state.session.set(name, given[0]);
        } else if (name.equals("setClientInfo")) {
            ClientInfo.set(state.session, given[0], given.length > 1 ? given[1] : null);
        }
        return Detached.nothing(method.getReturnType());
    }

    private @Nullable Object get(Method method, String name) {
        String setter = "set" + name.substring(name.startsWith("is") ? 2 : 3);
        Object set = meanwhile.given(setter);
        if (set != null) {
            return set;
        }
        return switch (name) {
            case "getAutoCommit" -> true;
            case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
            case "getHoldability" -> java.sql.ResultSet.HOLD_CURSORS_OVER_COMMIT;
            case "getTypeMap" -> new java.util.HashMap<String, Class<?>>();
            default -> Detached.nothing(method.getReturnType());
        };
    }

    private @Nullable Object clientInfo(Object[] given) {
        Properties all = meanwhile.clientInfo();
        return given.length == 0 ? all : all.getProperty(String.valueOf(given[0]));
    }

    /** The real connection, once the outage is over; null while there is none. */
    private @Nullable Connection connect() {
        Driver driver = state.origin().driver();
        if (driver == null || ThreadMarks.active() || known.guard.open(endpoint)) {
            return null;
        }
        // The driver's own layers must not be taken for the ones that the statement is being made through.
        OnThread thread = OnThread.get();
        boolean preparing = thread.preparing;
        ConnectionState found = thread.found;
        Object deepest = thread.deepest;
        Connection made = null;
        try {
            made = driver.connect(url(), state.origin().properties());
            if (made == null || OfflineConnections.is(made)) {
                return null;
            }
            meanwhile.on(made);
            return publish(made);
        } catch (Throwable stillAway) {
            return null;
        } finally {
            if (made != null && made != real) {
                quietly(made);
            }
            thread.preparing = preparing;
            thread.found = found;
            thread.deepest = deepest;
        }
    }

    /** Unless it was closed meanwhile, or another thread was faster. */
    private @Nullable Connection publish(Connection made) {
        synchronized (making) {
            if (closed) {
                return null;
            }
            if (real == null) {
                real = made;
                over();
            }
            return real;
        }
    }

    private void over() {
        Connection standing = proxy.get();
        if (standing != null) {
            known.offline.over(standing);
        }
    }

    static void quietly(AutoCloseable unused) {
        try {
            unused.close();
        } catch (Exception over) {
            // Nobody has seen it.
        }
    }

    static @Nullable Object delegate(Object live, Method method, Object @Nullable [] given) throws Throwable {
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
}
