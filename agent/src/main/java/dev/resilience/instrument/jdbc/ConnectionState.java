package dev.resilience.instrument.jdbc;

import org.jspecify.annotations.Nullable;

/** What is known of one connection to a database; not of the wrappers around it. Thread-safe. */
final class ConnectionState {

    static final ConnectionState UNKNOWN = new ConnectionState(Origin.UNKNOWN, false);

    final SessionSettings session = new SessionSettings();

    /** Whether there is no database behind it, see {@link OfflineConnection}. */
    final boolean offline;

    /** Whether application or pool closed it: what is asked of it afterwards is their error, and tells nothing. */
    volatile boolean closed;

    /** With what the attempt to connect failed in whose place this one stands; null when the circuit refused it. */
    volatile @Nullable Throwable lost;

    private final Origin origin;

    /** Made when first asked for: every stored answer's key has it. */
    private @Nullable String shownUrl;

    /** The service for whose probes this connection's origin was remembered last. */
    private volatile @Nullable String rememberedFor;

    ConnectionState(Origin origin, boolean offline) {
        this.origin = origin;
        this.offline = offline;
    }

    Origin origin() {
        return origin;
    }

    @Nullable
    String url() {
        return origin.url();
    }

    /** Without secrets; empty when the address is not known. */
    String shownUrl() {
        String shown = shownUrl;
        if (shown == null) {
            String url = origin.url();
            shown = url == null ? "" : ShownUrl.of(url);
            shownUrl = shown;
        }
        return shown;
    }

    /** Remembers where the service's database is, for its probes. */
    void servesService(String service) {
        if (!service.equals(rememberedFor) && (!offline || origin.driver() != null)) {
            rememberedFor = service;
            JdbcConnections.remember(service, origin);
        }
    }
}
