package dev.resilience.instrument.jdbc;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.health.SqlProbeConnections;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connections of the probes' own: by the driver that the application used last for the service, or by another one of the
 * application's that accepts the configured address. Never guarded. Thread-safe.
 */
public final class JdbcConnections implements SqlProbeConnections {

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
            Driver driver = driver(url, last);
            Connection connection = driver == null ? null : driver.connect(url, properties);
            if (connection == null) {
                throw new SQLException("No driver of the application accepts " + ShownUrl.of(url), "08001");
            }
            return connection;
        } finally {
            ThreadMarks.exit();
        }
    }

    private static @Nullable Driver driver(String url, @Nullable Origin last) throws SQLException {
        Driver used = last == null ? null : last.driver();
        if (used != null && used.acceptsURL(url)) {
            return used;
        }
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
