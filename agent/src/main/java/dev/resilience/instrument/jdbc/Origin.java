package dev.resilience.instrument.jdbc;

import java.lang.ref.WeakReference;
import java.sql.Driver;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection came from. Immutable.
 *
 * @param held the driver, weakly: what is known of a connection must not keep the application that brought it; null when it
 *     was not made by {@code Driver.connect}
 * @param url as the application gave it, credentials included; null when it cannot be told
 * @param properties of {@code Driver.connect}, a copy
 * @param user database user, null when unknown
 */
record Origin(
        @Nullable WeakReference<Driver> held,
        @Nullable String url,
        @Nullable Properties properties,
        @Nullable String user) {

    static final Origin UNKNOWN = new Origin(null, null, null, null);

    static Origin of(Driver driver, String url, @Nullable Properties properties) {
        Properties copy = new Properties();
        if (properties != null) {
            for (String name : properties.stringPropertyNames()) {
                copy.setProperty(name, properties.getProperty(name));
            }
        }
        String user = copy.getProperty("user");
        return new Origin(new WeakReference<>(driver), url, copy, user == null ? parameter(url, "user") : user);
    }

    Origin withoutProperties() {
        return properties == null ? this : new Origin(held, url, null, user);
    }

    /** Null also when it went with its application. */
    @Nullable
    Driver driver() {
        return held == null ? null : held.get();
    }

    /** A parameter of the address, {@code ?name=value} or {@code ;name=value}; null when it has none. */
    static @Nullable String parameter(String url, String name) {
        String lower = url.toLowerCase(Locale.ROOT);
        for (int at = lower.indexOf(name + "="); at >= 0; at = lower.indexOf(name + "=", at + 1)) {
            char before = at == 0 ? ' ' : url.charAt(at - 1);
            if (before == '?' || before == '&' || before == ';') {
                int from = at + name.length() + 1;
                int to = from;
                while (to < url.length() && url.charAt(to) != '&' && url.charAt(to) != ';') {
                    to++;
                }
                return url.substring(from, to);
            }
        }
        return null;
    }

    /** The properties may hold a password. */
    @Override
    public String toString() {
        return "Origin[" + (url == null ? "unknown" : ShownUrl.of(url)) + "]";
    }
}
