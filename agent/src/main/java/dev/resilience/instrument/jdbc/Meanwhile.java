package dev.resilience.instrument.jdbc;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a connection was set to while there was no database, by application and pool: the real one that it becomes is set to
 * the same, in the order in which each was set last. Thread-safe.
 */
final class Meanwhile {

    private static final String AUTO_COMMIT = "setAutoCommit";

    private final Map<String, Step> steps = new LinkedHashMap<>();

    private sealed interface Step {
        void on(Connection real) throws Throwable;
    }

    void set(Method setter, Object[] given) {
        String name = setter.getName();
        add(name.equals("setClientInfo") && given.length == 2 ? name + given[0] : name, new Setting(setter, given));
    }

    /** A pool set its connection up by the statement, or tested it: some do both by the same method. */
    void executed(String sql) {
        add("execute " + sql, new SetUp(sql));
    }

    private void add(String key, Step step) {
        synchronized (steps) {
            steps.remove(key);
            steps.put(key, step);
        }
    }

    /** What a setter was given last, null for nothing. */
    @Nullable
    Object given(String setter) {
        synchronized (steps) {
            return steps.get(setter) instanceof Setting set && set.given.length > 0
                    ? set.given[set.given.length - 1]
                    : null;
        }
    }

    boolean commitsItself() {
        return !Boolean.FALSE.equals(given(AUTO_COMMIT));
    }

    void on(Connection real) throws Throwable {
        for (Step step : inTurn()) {
            step.on(real);
        }
    }

    /**
     * A copy: a driver may talk to its server about each, and a virtual thread that waits must hold no monitor. What is set in a
     * transaction is lost with it: it begins behind all that.
     */
    private List<Step> inTurn() {
        Map<String, Step> all;
        synchronized (steps) {
            all = new LinkedHashMap<>(steps);
        }
        Step begin = all.remove(AUTO_COMMIT);
        if (begin != null) {
            all.put(AUTO_COMMIT, begin);
        }
        return List.copyOf(all.values());
    }

    private record Setting(Method setter, Object[] given) implements Step {

        @Override
        public void on(Connection real) throws Throwable {
            try {
                OfflineConnection.delegate(real, setter, given);
            } catch (SQLException failure) {
                if (!isUnsupported(failure)) {
                    throw failure;
                }
            } catch (AbstractMethodError unsupported) {
                // By a driver older than the setter.
            }
        }

        /** For the setter's caller to know; it says nothing against the connection. */
        private static boolean isUnsupported(SQLException failure) {
            String state = failure.getSQLState();
            return failure instanceof SQLFeatureNotSupportedException || (state != null && state.startsWith("0A"));
        }
    }

    private record SetUp(String sql) implements Step {

        @Override
        public void on(Connection real) throws Throwable {
            OnThread thread = OnThread.get();
            // It is the pool's own, in whatever layer's making of a statement this happens.
            thread.preparing = false;
            thread.pooling++;
            try (Statement statement = real.createStatement()) {
                statement.execute(sql);
            } finally {
                thread.pooling--;
            }
        }
    }
}
