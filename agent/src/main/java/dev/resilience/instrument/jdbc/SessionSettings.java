package dev.resilience.instrument.jdbc;

import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the application set on a session that changes what its statements mean or whose rows they see: schema, catalog, role,
 * search path, the variables of row-level security. Part of the key of stored answers. Thread-safe.
 */
final class SessionSettings {

    private final OwnTables temporary = new OwnTables();

    /** Of the driver; null where there is no database. */
    private volatile @Nullable WeakReference<Connection> connection;

    /** Those that there were before the statement that was taken note of last. */
    private Set<String> tablesBefore = Set.of();

    private volatile InForce inForce;

    /** Of those, null when nothing was set. */
    private volatile @Nullable String text;

    /** Whether anybody else changed it, whom nobody puts anything back for: then nothing of it is put back any more. */
    private boolean othersToo;

    /** As all was before a tool began to change it that puts it back; null where nothing is to be put back. */
    private volatile @Nullable Kept lent;

    private record Kept(InForce inForce, Set<String> temporary) {

        boolean isLike(Kept other) {
            return inForce.isLike(other.inForce) && temporary.equals(other.temporary);
        }
    }

    private SessionSettings(LocalSettings local) {
        inForce = InForce.nothing(local);
    }

    /** @param url of the database, null where it is not known */
    static SessionSettings of(@Nullable String url) {
        return new SessionSettings(LocalSettings.of(url));
    }

    /** @param driver's, which says how its transaction stands */
    void isOf(Connection driver) {
        connection = new WeakReference<>(driver);
    }

    /** By {@code Connection.setSchema} and the like. */
    synchronized void set(String name, @Nullable Object value) {
        change(inForce().set(name, String.valueOf(value)));
    }

    /** As {@link #set(String, Object)}, beside what was set before: what was heard since says the same. */
    synchronized void set(String name, @Nullable Object value, InForce before) {
        putBack();
        change(before.set(name, String.valueOf(value)));
    }

    /** To nothing, as the session began. */
    synchronized void clear(String name) {
        change(inForce().cleared(name));
    }

    /** Takes note of a statement where it concerns the session. @param sql null for one that is not known */
    void heard(@Nullable String sql) {
        if (sql != null && Concerning.session(sql)) {
            note(sql, null);
        }
    }

    /** Takes note of a statement that {@linkplain Concerning concerns} the session. @param parameters null for unknown */
    void note(String sql, @Nullable List<@Nullable Object> parameters) {
        note(sql, parameters, Transaction.isEnd(sql) ? standingAtEnd(inForce) : Standing.OPEN);
    }

    /** Takes note of statements of a batch. How the transaction stands that one of them ends is told by the driver for the first alone. */
    void noteBatch(List<String> all) {
        for (String sql : all) {
            Standing told = Transaction.isEnd(sql) ? standingAtEnd(inForce) : Standing.OPEN;
            note(sql, null, told == Standing.FAILED ? Standing.UNTOLD : told);
        }
    }

    private synchronized void note(String sql, @Nullable List<@Nullable Object> parameters, Standing standing) {
        InForce before = inForce();
        tablesBefore = temporary.names();
        InForce behind = SettingStatement.behind(before, temporary, sql, parameters);
        change(new Kept(before, tablesBefore), ended(before, behind, standing));
    }

    /** How PostgreSQL's driver says that its transaction stands. */
    Standing standing() {
        if (inForce.local() != LocalSettings.OF_TRANSACTION) {
            return Standing.UNTOLD;
        }
        WeakReference<Connection> driver = connection;
        return driver == null ? Standing.NONE : Standing.on(driver.get());
    }

    /** Asked only where something may be taken back, and where a database takes it back. */
    private Standing standingAtEnd(InForce before) {
        return before.settled() || before.local() != LocalSettings.OF_TRANSACTION ? Standing.NONE : standing();
    }

    private static InForce ended(InForce before, InForce behind, Standing standing) {
        return switch (standing) {
            case NONE, OPEN -> behind;
            case FAILED -> before.rolledBack(true);
            case UNTOLD -> behind.isLike(before.rolledBack(true)) ? behind : behind.unknowable();
        };
    }

    /** A statement that was taken note of set nothing. */
    synchronized void leftAs(InForce before) {
        Kept was = new Kept(inForce(), temporary.names());
        temporary.stay(tablesBefore);
        change(was, before);
    }

    /** A statement failed that was taken note of. @param before what was in force until then */
    void refused(String sql, Expected expected, Throwable failure, InForce before) {
        if (SettingStatement.isRefused(sql, expected, failure)) {
            leftAs(before);
        } else if (Transaction.isRefusedEnd(sql, failure)) {
            endRefused(before);
        }
    }

    /** What a transaction set that is refused at its end is taken back, if that was not the driver's own. @param before the end */
    void endRefused(InForce before) {
        if (before.settled()) {
            return;
        }
        switch (standingAtEnd(before)) {
            case NONE -> leftAs(before.rolledBack(true));
            case OPEN, FAILED -> leftAs(before);
            case UNTOLD -> unknowable();
        }
    }

    /** {@code Connection.commit}, or {@code setAutoCommit}, which commits. */
    void ended() {
        ended(standingAtEnd(inForce));
    }

    private synchronized void ended(Standing standing) {
        become(ended(inForce, inForce.committed(), standing));
    }

    /** What was set is nothing that is taken back any more. */
    synchronized void committed() {
        become(inForce.committed());
    }

    /** {@code Connection.rollback}. @param whole false for a part, of which it cannot be told what it set */
    synchronized void rolledBack(boolean whole) {
        become(inForce.rolledBack(whole));
    }

    /** Whether nothing that it was set to may be taken back any more. */
    boolean settled() {
        return inForce.settled();
    }

    /** Whether something was set for a transaction alone. */
    boolean isLocal() {
        return inForce.isLocal();
    }

    /** The same user logged in anew. */
    synchronized void begunAnew() {
        Kept before = new Kept(inForce(), temporary.names());
        temporary.clear();
        change(before, before.inForce.begunAnew());
    }

    /** Who asks cannot be told any more. */
    synchronized void unknowable() {
        become(inForce.unknowable());
    }

    /** Whether the statement may read what only this session sees. */
    synchronized boolean isOwn(String sql) {
        putBack();
        return temporary.readBy(sql);
    }

    /** What it is set to at this moment. */
    InForce inForce() {
        if (lent != null) {
            putBack();
        }
        return inForce;
    }

    /** All of it in one text, null when nothing was set. */
    @Nullable
    String text() {
        if (lent != null) {
            putBack();
        }
        return text;
    }

    /** Whether {@link #text()} leaves nothing out. */
    boolean known() {
        return inForce().known();
    }

    /** Whether nothing that it was ever set to is in force. */
    boolean isAsItBegan() {
        return known() && text() == null;
    }

    private void become(InForce now) {
        if (now != inForce) {
            inForce = now;
            text = now.text();
        }
    }

    private void change(InForce now) {
        change(new Kept(inForce, temporary.names()), now);
    }

    /** What a tool sets for itself it puts back before others are lent the connection; what anybody else sets stays. */
    private void change(Kept was, InForce now) {
        become(now);
        if (othersToo || was.isLike(new Kept(now, temporary.names()))) {
            return;
        }
        if (!MigrationTools.keepsHouse()) {
            lent = null;
            othersToo = true;
        } else if (lent == null) {
            lent = was;
        }
    }

    /** Others use the connection again. */
    private synchronized void putBack() {
        Kept was = lent;
        if (was == null || MigrationTools.onStack()) {
            return;
        }
        lent = null;
        become(was.inForce.over());
        temporary.putBack(was.temporary);
    }
}
