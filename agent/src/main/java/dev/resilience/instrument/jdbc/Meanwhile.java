package dev.resilience.instrument.jdbc;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What a connection was set to while there was no database, by application and pool: the real one that it becomes is set to
 * the same, in the order in which each was set last. Thread-safe.
 */
final class Meanwhile {

    private static final String AUTO_COMMIT = "setAutoCommit";
    private static final String CLIENT_INFO = "setClientInfo";

    /** Far more than pools and those around them set connections up by. */
    private static final int MOST = 64;

    private final Map<String, Step> steps = new LinkedHashMap<>();

    /** Whether something that a pool did for all borrowers, or what was done for the last one, cannot be done again. */
    private volatile boolean lost;

    private volatile boolean borrowersLost;

    private sealed interface Step {
        void on(Connection real) throws Throwable;
    }

    void set(Method setter, Object[] given) {
        String name = setter.getName();
        if (!add(
                name.equals(CLIENT_INFO) && given.length == 2 ? name + given[0] : name,
                new Setting(
                        setter,
                        given.length == 1 && given[0] instanceof Properties all
                                ? new Object[] {all.clone()}
                                : given))) {
            borrowersLost = true;
        }
    }

    /**
     * A pool set its connection up by the statement, or tested it: some do both by the same method.
     *
     * @param repeatable whether it can be done again
     * @param forAll whether the pool does it once for all borrowers
     */
    void executed(String sql, boolean repeatable, boolean forAll) {
        if (!repeatable || !add("execute " + sql, new SetUp(sql, forAll))) {
            lost |= forAll;
            borrowersLost |= !forAll;
        }
    }

    /** Whether a real connection can be made the same. */
    boolean isRepeatable() {
        return !lost && !borrowersLost;
    }

    /** What was done for one borrower is done anew for the next. */
    void givenBack() {
        synchronized (steps) {
            steps.values().removeIf(step -> step instanceof SetUp done && !done.forAll);
        }
        borrowersLost = false;
    }

    /** @return false for one too many */
    private boolean add(String key, Step step) {
        synchronized (steps) {
            if (steps.size() >= MOST && !steps.containsKey(key)) {
                return false;
            }
            steps.remove(key);
            steps.put(key, step);
            return true;
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

    /** All of it at once takes the place of what was said before. */
    Properties clientInfo() {
        Properties said = new Properties();
        synchronized (steps) {
            for (Step step : steps.values()) {
                if (!(step instanceof Setting set) || !set.setter.getName().equals(CLIENT_INFO)) {
                    continue;
                }
                if (set.given[0] instanceof Properties all) {
                    said.clear();
                    all.stringPropertyNames().forEach(name -> said.setProperty(name, all.getProperty(name)));
                } else if (set.given.length == 2 && set.given[1] != null) {
                    said.setProperty(String.valueOf(set.given[0]), String.valueOf(set.given[1]));
                } else {
                    said.remove(String.valueOf(set.given[0]));
                }
            }
        }
        return said;
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

    private record SetUp(String sql, boolean forAll) implements Step {

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
