package dev.resilience.instrument.jdbc;

import dev.resilience.instrument.http.HiddenFields;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one {@code DataSource}. Where it leads is what its own settings say and never learnt from a connection: a
 * source may lead each caller elsewhere, and nobody may be answered with another tenant's rows. Thread-safe.
 */
final class Source {

    /** Public methods by which sources of drivers and pools tell their address and user. */
    private static final String[] ADDRESS = {"getJdbcUrl", "getUrl", "getURL"};

    private static final String[] USER = {"getUsername", "getUser", "getUserName"};

    /** And how they set up each connection: by statements, and by schema and catalog. */
    private static final String[] STATEMENTS = {"getConnectionInitSql", "getConnectionInitSqls", "getInitSQL"};

    /** DBCP2 and Tomcat JDBC execute statements when they make a connection, and set the rest each time that they lend it. */
    private static final String[] SETS_LAST = {"getDefaultSchema", "getInitSQL"};

    /** What pools give the driver beside the address: HikariCP, Tomcat JDBC, c3p0 and Druid. */
    private static final String[] PROPERTIES = {
        "getDataSourceProperties", "getDbProperties", "getProperties", "getConnectProperties"
    };

    private static final String[] AUTO_COMMIT = {"isAutoCommit", "getDefaultAutoCommit", "isDefaultAutoCommit"};

    private static final String[] SCHEMA = {"getSchema", "getDefaultSchema"};
    private static final Properties NONE = new Properties();

    private static final String[] CATALOG = {"getCatalog", "getDefaultCatalog"};

    private volatile Origin origin;

    /** Where the origin's address leads. */
    private @Nullable Database database;

    private volatile boolean connected;
    private volatile boolean told;

    /** Whether its connections are wrappers of others, that are known themselves; null while it is not known. */
    private volatile @Nullable Boolean wrapping;

    private Source(Origin origin) {
        this.origin = origin;
    }

    static Source of(DataSource source) {
        return new Source(told(source));
    }

    /** Without a driver: what is made from it belongs to no pool. */
    Origin origin() {
        return origin;
    }

    /** Null when its address is not known. */
    @Nullable
    Database database(Known known) {
        String url = origin.url();
        Database found = database;
        if (url == null || (found != null && found.current() && found.url().equals(url))) {
            return url == null ? null : found;
        }
        found = known.database(url);
        database = found;
        return found;
    }

    /** Asks again, because settings of some sources may change. */
    Origin refreshed(DataSource source) {
        Origin now = told(source);
        origin = now;
        return now;
    }

    static boolean hasPassword(DataSource source) {
        try {
            return source.getClass().getMethod("getPassword").getReturnType() == String.class;
        } catch (NoSuchMethodException | SecurityException none) {
            return false;
        }
    }

    /** Null where the source does not tell. Asked when it is needed, and not kept. */
    static @Nullable String password(DataSource source) {
        return ask(source, "getPassword") instanceof String told ? told : null;
    }

    /**
     * Where it leads, with what a driver is to be told to connect there as the source would; as it is told where it does not
     * tell its password. Asked when it is needed: it is a secret.
     *
     * @param given by whoever asks for a connection as that user, null for the source's own
     */
    static Origin withCredentials(DataSource source, Origin origin, @Nullable String given) {
        String user = origin.user();
        Object password = given == null && user != null ? credential(source) : given;
        if (origin.url() == null || (user != null && password == null)) {
            return origin;
        }
        Properties told = new Properties();
        Properties own = properties(source);
        for (String name : own.stringPropertyNames()) {
            told.setProperty(name, own.getProperty(name));
        }
        if (user != null) {
            told.setProperty("user", user);
            String known = String.valueOf(password);
            // Where there is none, one may be among its properties.
            if (!known.isEmpty()) {
                told.setProperty("password", known);
            }
        }
        return origin.withProperties(told);
    }

    /** Empty where it has none; null where that cannot be told. Tomcat JDBC says something else in its place. */
    private static @Nullable Object credential(DataSource source) {
        Object settings = ask(source, "getPoolProperties");
        Object told = ask(settings == null ? source : settings, "getPassword");
        if (told != null) {
            return told instanceof String ? told : null;
        }
        Object pool = ask(ask(source, "getConfiguration"), "connectionPoolConfiguration");
        if (ask(ask(pool, "connectionFactoryConfiguration"), "credentials") instanceof Collection<?> several) {
            for (Object one : several) {
                if (ask(one, "getWord") instanceof String word) {
                    return word;
                }
            }
            return null;
        }
        return hasPassword(source) ? "" : null;
    }

    /** Notes what the source sets on each connection that it makes, for one that it does not make; in its own order. */
    static void setUp(DataSource source, SessionSettings session) {
        boolean setsLast = has(source, SETS_LAST);
        if (setsLast) {
            execute(source, session);
        }
        String catalog = text(source, CATALOG);
        if (catalog != null) {
            session.set("setCatalog", catalog);
        }
        String schema = text(source, SCHEMA);
        if (schema != null) {
            session.set("setSchema", schema);
        }
        if (!setsLast) {
            execute(source, session);
        }
    }

    /** Whether what it lends may be in a transaction from the first statement on: none of those is to be made by itself. */
    static boolean beginsTransactions(DataSource source) {
        for (String getter : AUTO_COMMIT) {
            if (Boolean.FALSE.equals(ask(source, getter))) {
                return true;
            }
        }
        Object pool = ask(ask(source, "getConfiguration"), "connectionPoolConfiguration");
        Object integration = ask(pool, "transactionIntegration");
        return Boolean.FALSE.equals(ask(ask(pool, "connectionFactoryConfiguration"), "autoCommit"))
                || (integration != null && !integration.getClass().getName().startsWith("io.agroal.api."))
                || ask(source, "getTransactionManager") != null;
    }

    private static void execute(DataSource source, SessionSettings session) {
        for (String getter : STATEMENTS) {
            Object told = ask(source, getter);
            Collection<?> statements = told instanceof Collection<?> several ? several : Collections.singleton(told);
            for (Object statement : statements) {
                session.heard(statement instanceof String sql ? sql : null);
            }
        }
        Object pool = ask(ask(source, "getConfiguration"), "connectionPoolConfiguration");
        session.heard(
                ask(ask(pool, "connectionFactoryConfiguration"), "initialSql") instanceof String sql ? sql : null);
    }

    private static boolean has(DataSource source, String[] getters) {
        for (Method method : source.getClass().getMethods()) {
            if (List.of(getters).contains(method.getName())) {
                return true;
            }
        }
        return false;
    }

    /** It has made a connection, by its own settings. Fast: told of every one. */
    void connects() {
        if (!connected) {
            connected = true;
        }
    }

    boolean hasConnected() {
        return connected;
    }

    /** Whether it is known what its class tells. */
    boolean hasTold() {
        return told;
    }

    void tells() {
        told = true;
    }

    @Nullable
    Boolean wrapping() {
        return wrapping;
    }

    void wraps(boolean others) {
        wrapping = others;
    }

    /** Where it says that it leads, and as whom. @param source of connections, or of what drivers make them from */
    static Origin told(Object source) {
        String url = text(source, ADDRESS);
        String user = text(source, USER);
        Properties properties = properties(source);
        if (url == null) {
            // HikariCP over a driver's own source.
            url = first(properties, "url", "URL", "jdbcUrl");
            user = user == null ? first(properties, "user", "username", "User") : user;
        }
        return url == null ? ofAgroal(source) : origin(url, user, properties);
    }

    private static Origin origin(String url, @Nullable String user, Properties properties) {
        String asked = user == null ? ShownUrl.value(url, "user") : user;
        return new Origin(null, url, null, asked, Origin.settings(properties));
    }

    private static Properties properties(Object source) {
        for (String getter : PROPERTIES) {
            if (ask(source, getter) instanceof Properties told) {
                return told;
            }
        }
        try {
            // DBCP2 tells nobody.
            return HiddenFields.value(source, "connectionProperties") instanceof Properties told ? told : NONE;
        } catch (ReflectiveOperationException | RuntimeException none) {
            return NONE;
        }
    }

    private static Origin ofAgroal(Object source) {
        Object pool = ask(ask(source, "getConfiguration"), "connectionPoolConfiguration");
        Object factory = ask(pool, "connectionFactoryConfiguration");
        if (!(ask(factory, "jdbcUrl") instanceof String url) || url.isEmpty()) {
            return Origin.UNKNOWN;
        }
        String user = ask(factory, "principal") instanceof Principal principal ? principal.getName() : null;
        return origin(url, user, ask(factory, "jdbcProperties") instanceof Properties told ? told : NONE);
    }

    private static @Nullable String text(Object source, String[] getters) {
        for (String getter : getters) {
            if (ask(source, getter) instanceof String told && !told.isEmpty()) {
                return told;
            }
        }
        return null;
    }

    private static @Nullable String first(Properties properties, String... names) {
        for (String name : names) {
            if (properties.getProperty(name) != null) {
                return properties.getProperty(name);
            }
        }
        return null;
    }

    /** Whether its owner wants no more of it, as pools say; whoever waits for one hears of a time-out alone. */
    static boolean isClosed(DataSource source) {
        return Boolean.TRUE.equals(ask(source, "isClosed"));
    }

    private static @Nullable Object ask(@Nullable Object object, String getter) {
        try {
            if (object == null) {
                return null;
            }
            Method method = object.getClass().getMethod(getter);
            // Agroal's are of classes that are nobody's to see.
            method.trySetAccessible();
            return method.invoke(object);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException | RuntimeException none) {
            return null;
        }
    }
}
