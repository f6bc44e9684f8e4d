package dev.resilience.guard;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The door that every adapter knocks at. Thread-safe; matching allocates nothing and never throws.
 *
 * <p>An adapter asks for the endpoint of a call, begins the call, admits it, makes or skips it, and settles it by exactly
 * one of {@code answered}, {@code succeeded}, {@code failed} or {@code cancelled}; a second settling does nothing.
 */
public interface Guard {

    /** The endpoint of an HTTP call, or null: leave it alone. Null too inside a guarded call or the agent's own work. */
    @Nullable
    Endpoint matchHttp(String method, URI uri);

    /**
     * As {@link #matchHttp(String, URI)}, for clients that have the parts at hand and no {@link URI}.
     *
     * @param port -1 for the scheme's own
     * @param path as it is sent, still encoded, without the query
     */
    @Nullable
    Endpoint matchHttp(String method, @Nullable String scheme, @Nullable String host, int port, @Nullable String path);

    /**
     * Stands for the rules in force: as long as it is the same object, each match gives what it gave before, but for
     * endpoints that are {@linkplain Endpoint#perHost() per host}.
     */
    Object rules();

    /** Calls {@code listener} whenever {@link #rules()} has become another. It must not throw. */
    void whenRulesChange(Runnable listener);

    /** The endpoint of a statement, or null: leave it alone. Null too inside a guarded call or the agent's own work. */
    @Nullable
    Endpoint matchJdbc(String url, String sql);

    /** Whether some rule may match statements on this database, so that its connections are worth following. */
    boolean coversJdbc(String url);

    /** Whether some rule of this database has a fallback that works with no connection at all. */
    boolean answersWithoutConnection(String url);

    /**
     * The endpoint to which an attempt to connect to this database belongs: the one of a statement of which nothing is known
     * ({@code matchJdbc(url, "")}), or where there is none, the first whose rule names the database. Null as for
     * {@link #matchJdbc}.
     */
    @Nullable
    Endpoint matchConnect(String url);

    /** Whether connections of the agent's own may be made to this database, as by {@link Endpoint#lendsConnections()}. */
    boolean lendsConnections(String url);

    /**
     * Whether a call would be rejected by an OPEN circuit at this moment. Asks for no permit and counts nothing; false for
     * HALF_OPEN, where only {@link GuardedCall#admit()} can tell, and in modes that reject nothing.
     */
    boolean open(Endpoint endpoint);

    HttpCall begin(Endpoint endpoint, HttpRequestView request);

    JdbcCall begin(Endpoint endpoint, JdbcRequestView request);

    /**
     * Begins an attempt to connect. Nothing answers in its place: it is ruled {@link Ruling.Proceed} or
     * {@link Ruling.Reject}. A connection that was had is settled by {@code cancelled()}, because the statement on it is the
     * call; one that was not, by {@code failed}.
     */
    JdbcCall beginConnect(Endpoint endpoint, JdbcRequestView request);
}
