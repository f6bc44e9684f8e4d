package dev.resilience.instrument.jdbc;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.health.SqlProbeConnections;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connections of the agent's own, for probes and queued statements: by the driver that the application used last for the service, or by another one of the
 * application's that accepts the configured address. Never guarded. Thread-safe.
 */
public final class JdbcConnections implements SqlProbeConnections, QueuedStatements {

    /** Statements reach the database of a service from here on; the last one counts. */
    private static final Map<String, Origin> LAST = new ConcurrentHashMap<>();

    /** Drivers that the application connected by; a loader that went takes its drivers along. */
    private static final Map<String, WeakReference<Driver>> DRIVERS = new ConcurrentHashMap<>();

    static void remember(String service, Origin origin) {
        LAST.put(service, origin);
        Driver driver = origin.driver();
        if (driver != null) {
            DRIVERS.put(driver.getClass().getName(), new WeakReference<>(driver));
        }
    }

    @Override
    public Connection open(String service, ProbeConfig.Sql config) throws SQLException {
        Origin last = LAST.get(service);
        String url = config.url() != null ? config.url() : last == null ? null : last.url();
        if (url == null) {
            throw new SQLException(
                    "The application has not connected to service '" + service
                            + "' yet, and its probe names no url of its own",
                    "08001");
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
            Connection connection = driver == null ? null : driver.connect(url, properties);
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
        Origin origin = origin(call);
        String url = origin == null ? null : origin.url();
        if (origin == null || url == null) {
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
            try (Connection connection = driver.connect(url, properties);
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
        } else if (parameter instanceof Answer.ArrayValue array) {
            Object[] elements = array.elements().toArray();
            statement.setArray(index, connection.createArrayOf(array.baseType(), elements));
        } else if (parameter instanceof Character character) {
            statement.setString(index, character.toString());
        } else if (parameter.getClass() == java.util.Date.class) {
            statement.setTimestamp(index, new Timestamp(((java.util.Date) parameter).getTime()));
        } else {
            statement.setObject(index, parameter);
        }
    }

    private static @Nullable Origin origin(QueuedCall.Jdbc call) {
        for (Origin known : LAST.values()) {
            String url = known.url();
            if (url != null && ShownUrl.of(url).equals(call.url()) && Objects.equals(known.user(), call.user())) {
                return known;
            }
        }
        return null;
    }

    private static @Nullable Driver driver(String url) throws SQLException {
        for (WeakReference<Driver> known : DRIVERS.values()) {
            Driver driver = known.get();
            if (driver != null && driver.acceptsURL(url)) {
                return driver;
            }
        }
        return installed(url, ClassLoader.getSystemClassLoader());
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
