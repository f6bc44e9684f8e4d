package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Endpoint;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/** What is known of one connection to a database; not of the wrappers around it. Thread-safe. */
final class ConnectionState {

    static final ConnectionState UNKNOWN = new ConnectionState(Origin.UNKNOWN, false);

    final SessionSettings session;

    final Transaction transaction;

    /** Whether there is no database behind it, see {@link OfflineConnection}. */
    final boolean offline;

    /** Whether application or pool closed it: what is asked of it afterwards is their error, and tells nothing. */
    private volatile boolean closed;

    /** Whether they gave it up in the middle of what it did, from whatever thread. */
    private volatile boolean aborted;

    /** Which is there in the database's place; null for a real connection. */
    volatile @Nullable OfflineConnection standIn;

    /** Whether its own driver calls it closed, since a transaction that no database was told of. */
    volatile boolean gone;

    /** Whether that transaction has ended, and no pool has put the connection away since. */
    volatile boolean ended;

    /** Whether it was found dead before a transaction, and its borrower was not told. */
    volatile boolean foundDead;

    /** What {@code setAutoCommit} was last told, and took or was said to take; null where that is not known. */
    volatile @Nullable Boolean autoCommit;

    /** With what the attempt to connect failed in whose place this one stands; null when the circuit refused it. */
    volatile @Nullable Throwable lost;

    /** The JVM's when it began: some drivers make it the session's, and have it tell dates and times in that. */
    private final String zone;

    /** Whether its driver was told nothing of how a session is put back; asked when what it was told is forgotten. */
    private final boolean putBackAsUsual;

    private volatile Origin origin;

    /** Whether {@link #origin} has all that others need for a connection of their own. */
    private volatile boolean lendable = true;

    /** Made when first asked for: every stored answer's key has it. */
    private @Nullable String shownUrl;

    private @Nullable String place;

    private @Nullable Database database;

    /** The service for whose probes this connection's origin was remembered last. */
    private volatile @Nullable String rememberedFor;

    ConnectionState(Origin origin, boolean offline) {
        this(
                origin,
                offline,
                SessionSettings.of(origin.url()),
                new Transaction(),
                TimeZone.getDefault().getID());
    }

    private ConnectionState(
            Origin origin, boolean offline, SessionSettings session, Transaction transaction, String zone) {
        this.origin = origin;
        this.offline = offline;
        this.session = session;
        this.transaction = transaction;
        this.zone = zone;
        this.putBackAsUsual = origin.isSilentOf("useResetConnection") && origin.isSilentOf("paranoid");
    }

    /** For statements that its driver makes no more: they mean what they would mean on it. */
    ConnectionState withoutItsDatabase() {
        return offline ? this : new ConnectionState(origin, true, session, transaction, zone);
    }

    /** Some drivers' own pools give it for a new one, rolled back, but with all that was set on it. */
    ConnectionState lentAgain(Origin by) {
        return new ConnectionState(by, false, session, new Transaction(), zone);
    }

    /** Whether nothing that is executed on it gets to a database as things are. */
    boolean isCutOff() {
        return offline || transaction.untold() != null;
    }

    /** A statement was answered or refused in the place of the database that there is not. */
    void executedInItsPlace() {
        OfflineConnection there = standIn;
        if (there != null) {
            there.executed();
        }
    }

    /** With what the database was lost; null when the circuit refused it, or it is there. */
    @Nullable
    Throwable lostBy() {
        Throwable untold = transaction.untold();
        return untold == null ? lost : untold;
    }

    Origin origin() {
        return origin;
    }

    /** MariaDB's driver has the server forget what was set where it is told to, and MySQL's does not where it is told so. */
    boolean isPutBackAsUsual() {
        return putBackAsUsual;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isAborted() {
        return aborted;
    }

    /** What it was opened by is forgotten: it may be a password. H2's and SQLite's live on when they are aborted. */
    void close(boolean abruptly) {
        Vendor vendor = Vendor.of(origin.url());
        aborted |= abruptly && vendor != Vendor.H2 && vendor != Vendor.SQLITE;
        closed = true;
        lendable = false;
        origin = origin.withoutProperties();
    }

    /** Some drivers' own pools lend the very connection again that was closed. */
    void reopen() {
        closed = false;
    }

    /** A statement failed that was taken note of. @param before what the session was set to until then */
    void refused(String sql, Expected expected, Throwable failure, InForce before) {
        if (expected.batch()) {
            transaction.endRefused(Standing.UNTOLD);
        } else if (Transaction.isRefusedEnd(sql, failure)) {
            transaction.endRefused(session.standing());
        }
        if (!expected.batch()) {
            session.refused(sql, expected, failure, before);
        } else if (session.inForce() != before) {
            // Some of it was executed: what it sets and takes back may be in force.
            session.unknowable();
        }
    }

    @Nullable
    String url() {
        return origin.url();
    }

    /** Null when the address is not known. */
    @Nullable
    Database database(Known known) {
        Database found = database;
        if (found == null || !found.current()) {
            String url = origin.url();
            found = url == null ? null : known.database(url);
            database = found;
        }
        return found;
    }

    /** Without secrets; empty when the address is not known. */
    String shownUrl() {
        String shown = shownUrl;
        if (shown == null) {
            shown = origin.shown();
            shownUrl = shown;
        }
        return shown;
    }

    /** As {@link Place#of}, and in which time zone. */
    String place() {
        String known = place;
        if (known == null) {
            String url = origin.url();
            String told = url == null ? null : Place.of(url);
            known = told == null ? zone : told + " " + zone;
            place = known;
        }
        return known;
    }

    /** Remembers where the service's database is, for its probes and queued statements. */
    void serves(Endpoint endpoint) {
        String service = endpoint.service();
        if (endpoint.lendsConnections()
                && lendable
                && !service.equals(rememberedFor)
                && (!offline || origin.hasCredentials())) {
            rememberedFor = service;
            JdbcConnections.remember(service, origin, !offline);
        }
    }
}
