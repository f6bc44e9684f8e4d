package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.util.HashSet;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code Connection.setClientInfo}. Databases show it to the policies by which they decide who sees which rows: Oracle {@code
 * OCSID.CLIENTID}, DB2 {@code ClientUser}, PostgreSQL the application's name. So it is a setting of the session like any other.
 */
final class ClientInfo implements Adapter {

    static final String PREFIX = "client ";

    /** A pool gives it to all its connections alike. */
    private static final String APPLICATION = "applicationname";

    /** Say what is being done, and are another's for each request where it is traced. */
    private static final Set<String> OF_TRACES = Set.of(
            "ocsid.module",
            "ocsid.action",
            "ocsid.ecid",
            "ocsid.dbop",
            "ocsid.sequence_number",
            "clientcorrelationtoken");

    private final Known known;

    ClientInfo(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (known.connections.get(self) == ConnectionState.UNKNOWN) {
            return null;
        }
        Object told = first instanceof Properties all ? all.clone() : first;
        // Made here, and not by the passage, which holds the connection.
        Consumer<SessionSettings> said = session -> set(session, told, second);
        return new Passage() {
            @Override
            protected void exit(@Nullable Object nothing, @Nullable Throwable failure) {
                if (failure == null) {
                    known.said(self, said);
                } else if (told instanceof Properties) {
                    // Some drivers set a part of them, and not all of these say which.
                    known.said(self, SessionSettings::unknowable);
                }
            }
        };
    }

    /** @param first a name, and then its value, or all of them; what these do not name is cleared */
    static void set(SessionSettings session, @Nullable Object first, @Nullable Object second) {
        if (first instanceof String name) {
            set(session, name, second);
        } else if (first instanceof Properties all) {
            Set<String> unset = new HashSet<>(session.inForce().settings().keySet());
            for (String name : all.stringPropertyNames()) {
                unset.remove(key(name));
                set(session, name, all.getProperty(name));
            }
            unset.removeIf(key -> !key.startsWith(PREFIX));
            unset.forEach(session::clear);
            if (all.isEmpty()) {
                session.clear(PREFIX);
            }
        }
    }

    private static void set(SessionSettings session, String name, @Nullable Object value) {
        String key = key(name);
        boolean ofPool = key.endsWith(APPLICATION) && OnThread.get().pooling > 0;
        if (ofPool || OF_TRACES.contains(key.substring(PREFIX.length()))) {
            return;
        }
        if (value == null || value.equals("")) {
            session.clear(key);
        } else {
            session.set(key, value);
        }
    }

    private static String key(String name) {
        return PREFIX + name.toLowerCase(Locale.ROOT);
    }
}
