package dev.resilience.instrument.jdbc;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.health.SqlProbeConnections;
import java.lang.ref.WeakReference;
import java.sql.Array;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connections of the agent's own, for probes and queued statements: by the driver that the application used last for the service, or by another one of the
 * application's that accepts the configured address. Never guarded. Thread-safe.
 */
public final class JdbcConnections implements SqlProbeConnections, QueuedStatements {

    /** Statements reach the database of a service from here on; the last one counts. */
    private static final Map<String, Origin> LAST = new ConcurrentHashMap<>();

    /** A service may have several databases: each by its address without secrets, and user. */
    private static final Map<String, Origin> ALL = new ConcurrentHashMap<>();

    private static final int MOST = 1_000;

    /** Drivers that the application connected by; a loader that went takes its drivers along. */
    private static final Map<String, WeakReference<Driver>> DRIVERS = new ConcurrentHashMap<>();

    /** In which drivers of the application are found that nobody has connected by yet. */
    private static final Set<ClassLoader> LOADERS =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** A source is asked for a connection, and no driver is. */
    static void mayBringDrivers(@Nullable ClassLoader loader) {
        if (loader != null) {
            LOADERS.add(loader);
        }
    }

    /** Whether the application has shown by what to connect there as that user. */
    static boolean canReach(String shownUrl, @Nullable String user) {
        Origin origin = ALL.get(name(shownUrl, user));
        return origin != null && origin.hasCredentials();
    }

    /** @param proven whether a connection was made by it: what was only asked for may have a wrong password */
    static void remember(String service, Origin origin, boolean proven) {
        LAST.merge(service, origin, (kept, now) -> proven ? now : kept);
        String url = origin.url();
        if (url != null) {
            String name = name(origin.shown(), origin.user());
            if (ALL.size() < MOST || ALL.containsKey(name)) {
                ALL.merge(
                        name,
                        origin,
                        (kept, now) -> now.properties() == null || (!proven && kept.hasCredentials()) ? kept : now);
            }
        }
        Driver driver = origin.driver();
        if (driver != null) {
            DRIVERS.put(driver.getClass().getName(), new WeakReference<>(driver));
        }
    }

    @Override
    public Connection open(String service, ProbeConfig.Sql config, Duration timeout) throws SQLException {
        Origin last = LAST.get(service);
        String url = config.url() != null ? config.url() : last == null ? null : last.url();
        if (url == null) {
            throw new SqlProbeConnections.TooEarly("the application has not connected to service '" + service
                    + "' yet, and its probe names no url of its own");
        }
        Properties properties = new Properties();
        if (last != null && last.properties() != null && config.user() == null) {
            properties.putAll(last.properties());
        }
        if (config.user() != null) {
            properties.setProperty("user", config.user());
        }
        if (config.password() != null) {
            properties.setProperty("password", config.password());
        }
        ThreadMarks.enter();
        try {
            Driver driver = driver(url);
            if (driver == null && last == null) {
                // A driver in the application's own loader is known when the application has connected by it.
                throw new SqlProbeConnections.TooEarly(
                        "no driver of the application is known to accept " + ShownUrl.of(url));
            }
            Connection connection = driver == null ? null : driver.connect(url, limited(properties, url, timeout));
            if (connection == null) {
                throw new SQLException("No driver of the application accepts " + ShownUrl.of(url), "08001");
            }
            return connection;
        } finally {
            ThreadMarks.exit();
        }
    }

    /** Runs on a fresh connection to the database that the statement was meant for, as the same user. */
    @Override
    public void run(QueuedCall.Jdbc call, Duration timeout) throws SQLException {
        Origin origin = ALL.get(name(call.url(), call.user()));
        String url = origin == null ? null : origin.url();
        if (origin == null || url == null || !origin.hasCredentials()) {
            throw new NotYet("the application has not connected to " + call.url() + " yet");
        }
        Properties properties = new Properties();
        if (origin.properties() != null) {
            properties.putAll(origin.properties());
        }
        ThreadMarks.enter();
        try {
            Driver driver = driver(url);
            if (driver == null) {
                throw new NotYet("no driver of the application accepts " + call.url());
            }
            try (Connection connection = driver.connect(url, limited(properties, url, timeout));
                    PreparedStatement statement = connection.prepareStatement(call.sql())) {
                statement.setQueryTimeout((int) Math.max(1, timeout.toSeconds()));
                int index = 0;
                for (Object parameter : call.parameters()) {
                    set(connection, statement, ++index, parameter);
                }
                statement.execute();
            }
        } finally {
            ThreadMarks.exit();
        }
    }

    private static void set(Connection connection, PreparedStatement statement, int index, @Nullable Object parameter)
            throws SQLException {
        if (parameter == null) {
            statement.setNull(index, Types.NULL);
        } else if (parameter instanceof Answer.Spelled spelled) {
            HowSet.set(statement, index, made(connection, spelled.value()), spelled.text());
        } else if (parameter instanceof Answer.ArrayValue array) {
            statement.setArray(index, array(connection, array));
        } else if (parameter instanceof Character character) {
            statement.setString(index, character.toString());
        } else if (parameter.getClass() == java.util.Date.class) {
            statement.setTimestamp(index, new Timestamp(((java.util.Date) parameter).getTime()));
        } else {
            statement.setObject(index, parameter);
        }
    }

    private static Object made(Connection connection, Object value) throws SQLException {
        return value instanceof Answer.ArrayValue array ? array(connection, array) : value;
    }

    private static Array array(Connection connection, Answer.ArrayValue array) throws SQLException {
        return connection.createArrayOf(array.baseType(), array.elements().toArray());
    }

    /** With the driver's own limits on how long it waits for a database that hangs. */
    private static Properties limited(Properties properties, String url, Duration timeout) {
        DriverTimeouts driver = DriverTimeouts.of(url);
        return driver == null
                ? properties
                : driver.with(properties, url, timeout.toMillis() + QueryDeadline.GRACE_MILLIS);
    }

    private static String name(String shownUrl, @Nullable String user) {
        return shownUrl + " " + user;
    }

    private static @Nullable Driver driver(String url) throws SQLException {
        for (WeakReference<Driver> known : DRIVERS.values()) {
            Driver driver = known.get();
            if (driver != null && driver.acceptsURL(url)) {
                return driver;
            }
        }
        Driver installed = installed(url, ClassLoader.getSystemClassLoader());
        if (installed != null) {
            return installed;
        }
        for (ClassLoader loader : List.copyOf(LOADERS)) {
            Driver brought = installed(url, loader);
            if (brought != null) {
                return brought;
            }
        }
        return null;
    }

    private static @Nullable Driver installed(String url, ClassLoader loader) {
        var drivers = ServiceLoader.load(Driver.class, loader).iterator();
        while (true) {
            try {
                if (!drivers.hasNext()) {
                    return null;
                }
                Driver driver = drivers.next();
                if (driver.acceptsURL(url)) {
                    return driver;
                }
            } catch (java.util.ServiceConfigurationError | SQLException broken) {
                // The next one may work.
            }
        }
    }
}
