package dev.resilience.instrument.jdbc;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Driver;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection came from. Immutable.
 *
 * @param held the driver, weakly: what is known of a connection must not keep the application that brought it; null when it
 *     was not made by {@code Driver.connect}
 * @param url as the application gave it, credentials included; null when it cannot be told
 * @param properties of {@code Driver.connect}, a copy
 * @param user database user, null when unknown
 * @param settings those of the properties that decide which rows a connection sees, beside address and user; empty for none
 */
record Origin(
        @Nullable WeakReference<Driver> held,
        @Nullable String url,
        @Nullable Properties properties,
        @Nullable String user,
        Map<String, String> settings) {

    static final Origin UNKNOWN = new Origin(null, null, null, null, Map.of());

    /** In lower case, of whatever driver: server, schema, database, role, and what is set or run before anything else. */
    private static final Set<String> SETTINGS = Set.of(
            "catalog",
            "clientuser",
            "connectioninitsql",
            "connectionproperties",
            "cloudsqlinstance",
            "currentschema",
            "currentsqlid",
            "database",
            "databasename",
            "db",
            "dbname",
            "init",
            "initialsql",
            "initsql",
            "instancename",
            "internal_logon",
            "localsocket",
            "options",
            "oracle.jdbc.editionname",
            "oracle.jdbc.proxyclientname",
            "oracle.net.tns_admin",
            "pgdbname",
            "pghost",
            "pgport",
            "portnumber",
            "proxy_user_name",
            "role",
            "roles",
            "schema",
            "schema_search_path",
            "searchpath",
            "servername",
            "service",
            "sessionproperties",
            "sessionuser",
            "sessionvariables",
            "socketfactoryarg",
            "uid",
            "userid",
            "username");

    static Origin of(Driver driver, String url, @Nullable Properties properties) {
        Properties copy = new Properties();
        if (properties != null) {
            for (String name : properties.stringPropertyNames()) {
                copy.setProperty(name, properties.getProperty(name));
            }
        }
        String user = user(copy);
        return new Origin(
                new WeakReference<>(driver),
                url,
                copy,
                user == null ? ShownUrl.value(url, "user") : user,
                settings(copy));
    }

    /** H2 is told in whatever letters. */
    private static @Nullable String user(Properties properties) {
        String user = properties.getProperty("user");
        return user == null ? properties.getProperty("USER") : user;
    }

    static Map<String, String> settings(Properties properties) {
        Map<String, String> settings = new TreeMap<>();
        for (String name : properties.stringPropertyNames()) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (SETTINGS.contains(lower) || ShownUrl.asks(lower)) {
                settings.put(lower, properties.getProperty(name));
            }
        }
        return settings;
    }

    /**
     * The address without secrets, with the names of the settings and a digest of what they are, because scripts and variables
     * hold secrets, too; empty when it cannot be told.
     */
    String shown() {
        if (url == null) {
            return "";
        }
        String shown = ShownUrl.of(url);
        Map<String, String> told = shown.equals(url) ? settings : withMasked(url);
        if (told.isEmpty()) {
            return shown;
        }
        char next = url.indexOf('?') >= 0 ? '&' : url.indexOf(';') >= 0 ? ';' : '?';
        return shown + next + "settings=" + String.join(",", told.keySet()) + ":" + digest(told);
    }

    /** And those of the address that are not shown as they are. */
    private Map<String, String> withMasked(String address) {
        Map<String, String> told = new TreeMap<>(settings);
        for (String name : SETTINGS) {
            String value = ShownUrl.value(address, name);
            if (value != null && ShownUrl.hides(name, value)) {
                told.putIfAbsent(name, value);
            }
        }
        ShownUrl.asking(address)
                .forEach((name, value) -> told.merge(name, value, (beside, within) -> beside + '\0' + within));
        return told;
    }

    /** Short, and of all that was said: what is masked may tell tenants apart. */
    private static String digest(Map<String, String> told) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Map.Entry<String, String> setting : told.entrySet()) {
                String said = setting.getKey() + '\0' + setting.getValue() + '\0';
                digest.update(said.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException(never);
        }
    }

    /** Whether the driver was told nothing of it, however it is written, and for certain: it does as it does where nobody says. */
    boolean isSilentOf(String parameter) {
        return url != null
                && properties != null
                && !url.toLowerCase(Locale.ROOT).contains(parameter.toLowerCase(Locale.ROOT))
                && url.indexOf('%') < 0
                && properties.stringPropertyNames().stream().noneMatch(parameter::equalsIgnoreCase);
    }

    /** Whether another connection can be made by it: where nobody is named, nobody has a password. */
    boolean hasCredentials() {
        return url != null
                && (properties != null || user == null || user.isEmpty() || ShownUrl.value(url, "password") != null);
    }

    Origin withProperties(Properties told) {
        return new Origin(held, url, told, user, settings);
    }

    Origin withoutProperties() {
        return properties == null ? this : new Origin(held, url, null, user, settings);
    }

    /** Null also when it went with its application. */
    @Nullable
    Driver driver() {
        return held == null ? null : held.get();
    }

    /** The properties may hold a password. */
    @Override
    public String toString() {
        return "Origin[" + (url == null ? "unknown" : ShownUrl.of(url)) + "]";
    }
}
