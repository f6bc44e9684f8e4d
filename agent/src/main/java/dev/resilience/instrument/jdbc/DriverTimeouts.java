package dev.resilience.instrument.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A rule's deadline as the properties by which drivers bound an attempt to connect: how long they wait for the server to
 * accept, and then for each of its words; without them most wait for ever for a server that hangs. What the application set
 * itself stays. Immutable.
 *
 * <p>Sources: the lists of connection properties of pgJDBC, MySQL Connector/J, MariaDB Connector/J, Microsoft's JDBC driver,
 * and {@code oracle.jdbc.OracleConnection}.
 */
enum DriverTimeouts {
    /**
     * Cancelling is an attempt to connect, too, and a statement that ended waits for the end of its own cancelling: ten seconds
     * by default.
     */
    POSTGRESQL(
            "jdbc:postgresql:",
            new Property("connectTimeout", 1_000),
            new Property("socketTimeout", 1_000),
            new Property("cancelSignalTimeout", 1_000)),
    MYSQL("jdbc:mysql:", new Property("connectTimeout", 1), new Property("socketTimeout", 1), null),
    MARIADB("jdbc:mariadb:", new Property("connectTimeout", 1), new Property("socketTimeout", 1), null),
    /** One for the whole attempt. */
    SQL_SERVER("jdbc:sqlserver:", new Property("loginTimeout", 1_000), null, null),
    ORACLE(
            "jdbc:oracle:",
            new Property("oracle.net.CONNECT_TIMEOUT", 1),
            new Property("oracle.jdbc.ReadTimeout", 1),
            null);

    /** @param unitMillis in which its values count; they are rounded up */
    private record Property(String name, int unitMillis) {

        void set(Properties properties, String url, long millis) {
            if (!isSet(properties, url)) {
                properties.setProperty(name, Long.toString(Math.max(1, (millis + unitMillis - 1) / unitMillis)));
            }
        }

        boolean isSet(Properties properties, String url) {
            return properties.getProperty(name) != null || ShownUrl.value(url, name.toLowerCase(Locale.ROOT)) != null;
        }
    }

    private final String scheme;
    private final Property connect;

    /** Holds for the connection's whole life unless it is taken back. */
    private final @Nullable Property read;

    private final @Nullable Property cancel;

    DriverTimeouts(String scheme, Property connect, @Nullable Property read, @Nullable Property cancel) {
        this.scheme = scheme;
        this.connect = connect;
        this.read = read;
        this.cancel = cancel;
    }

    /** Null for drivers that are not known, which connect as they always do. */
    static @Nullable DriverTimeouts of(String url) {
        for (DriverTimeouts driver : values()) {
            if (url.regionMatches(true, 0, driver.scheme, 0, driver.scheme.length())) {
                return driver;
            }
        }
        return null;
    }

    /** The application's properties with the deadline added; its own object is left alone. */
    Properties with(@Nullable Properties given, String url, long millis) {
        Properties properties = new Properties();
        if (given != null) {
            given.stringPropertyNames().forEach(name -> properties.setProperty(name, given.getProperty(name)));
            properties.putAll(given);
        }
        connect.set(properties, url, millis);
        if (read != null) {
            read.set(properties, url, millis);
        }
        if (cancel != null) {
            cancel.set(properties, url, QueryDeadline.GRACE_MILLIS);
        }
        return properties;
    }

    /** The attempt is over: from now on the connection waits as long as the application lets it. */
    void takeBack(Connection connection, @Nullable Properties given, String url) throws SQLException {
        if (read != null && !read.isSet(given == null ? new Properties() : given, url)) {
            connection.setNetworkTimeout(Runnable::run, 0);
        }
    }
}
