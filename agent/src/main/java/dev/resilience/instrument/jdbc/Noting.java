package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Methods that only tell something: parameters, batches, schema and catalog, the end of a statement. */
final class Noting {

    /** DBCP's: it aborts what hangs for long, and that is the database's failure. */
    private static final List<String> ABANDONING = List.of(
            "org.apache.commons.dbcp2.PoolableConnectionFactory",
            "org.apache.tomcat.dbcp.dbcp2.PoolableConnectionFactory");

    private Noting() {}

    static Adapter of(Known known, String method) {
        if (method.equals("setSchema") || method.equals("setCatalog")) {
            return new Naming(known, method);
        }
        if (method.equals("close") || method.equals("abort")) {
            return new OfConnection(
                    known, (state, executor) -> state.close(executor != null && !Callers.are(ABANDONING)));
        }
        if (method.equals(Jdbc.BESIDE_STATEMENTS)) {
            return new OfManager(known);
        }
        if (Jdbc.OF_ANOTHER_USER.contains(method)) {
            return new OfAnotherUser(known, method);
        }
        if (Jdbc.STREAMS.contains(method)) {
            return new OfStream(known, method);
        }
        Note note = noteOf(method);
        if (note == null) {
            throw new IllegalArgumentException(method);
        }
        return new OfStatement(known, note);
    }

    /** @return null when the method tells nothing that is wanted */
    static @Nullable Note noteOf(String method) {
        if (Jdbc.STREAMS.contains(method)) {
            return (state, first, second, third) -> streamed(state, first, second, told(method, second, third));
        }
        return switch (method) {
            case "addBatch" -> Noting::batched;
            case "setMaxFieldSize" -> Noting::cutShort;
            case "clearBatch" -> Noting::batchCleared;
            case "clearParameters" -> Noting::cleared;
            case "registerOutParameter" -> Noting::unknowable;
            case "setNull" -> Noting::setNull;
            case "setUnicodeStream", "setRef", "setRowId", "setSQLXML" -> Noting::unknown;
            default -> method.startsWith("set") ? Noting::set : null;
        };
    }

    /** What a method tells about a statement. */
    @FunctionalInterface
    interface Note {
        void take(StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third);
    }

    static void set(StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.set(first, second, third);
        }
    }

    static void cutShort(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        state.mostOfField = first instanceof Integer most ? most : 0;
    }

    private static void setNull(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.set(first, null, null);
        }
    }

    private static @Nullable Object told(String method, @Nullable Object stream, @Nullable Object length) {
        return stream == null ? null : HowSet.streamed(method, stream, length);
    }

    private static void streamed(
            StatementState state, @Nullable Object first, @Nullable Object stream, @Nullable Object told) {
        if (state.parameters == null) {
            return;
        }
        if (told == null && stream != null) {
            state.parameters.unknown(first);
        } else {
            state.parameters.set(first, told, null);
        }
    }

    private static void unknown(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.unknown(first);
        }
    }

    private static void unknowable(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.unknowable();
        }
    }

    private static void cleared(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.clear();
        }
    }

    private static void batched(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        state.addToBatch(first instanceof String sql ? sql : null);
    }

    private static void batchCleared(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        state.endBatch();
    }

    private record OfStatement(Known known, Note note) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            StatementState state = known.statements.get(self);
            if (state != null) {
                note.take(state, first, second, third);
            }
            return null;
        }
    }

    /** Read before the driver reads it, and noted after: drivers set streams by other setters. */
    private record OfStream(Known known, String method) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            StatementState state = known.statements.get(self);
            if (state == null || state.parameters == null) {
                return null;
            }
            Object told = told(method, second, third);
            return new Passage() {
                @Override
                protected void exit(@Nullable Object nothing, @Nullable Throwable failure) {
                    if (failure == null) {
                        streamed(state, first, second, told);
                    }
                }
            };
        }
    }

    /** Schema and catalog. What a driver executes to set them says the same again, in words of its own. */
    private record Naming(Known known, String method) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object value, @Nullable Object second, @Nullable Object third) {
            ConnectionState state = known.connections.get(self);
            if (state == ConnectionState.UNKNOWN) {
                return null;
            }
            @Nullable InForce before = state == null ? null : state.session.inForce();
            // Made here, and not by the passage, which holds the connection.
            Consumer<SessionSettings> said = session -> {
                if (before == null) {
                    session.set(method, value);
                } else {
                    session.set(method, value, before);
                }
            };
            return new Passage() {
                @Override
                protected void exit(@Nullable Object nothing, @Nullable Throwable failure) {
                    if (failure == null) {
                        known.said(self, said);
                    }
                }
            };
        }
    }

    /** MySQL's pool logs in by it as who it is, each time that it lends a connection. */
    private record OfAnotherUser(Known known, String method) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object user, @Nullable Object second, @Nullable Object third) {
            ConnectionState state = known.connections.get(self);
            if (state == null || state == ConnectionState.UNKNOWN) {
                // Who it was changed to is told by the connection itself, when it is asked.
                if (state == null && !logsInAnew() && !method.equals("reset")) {
                    known.said(self, SessionSettings::unknowable);
                }
                return null;
            }
            boolean puts = method.equals("reset") || method.equals("resetServerState");
            if (puts && !state.isPutBackAsUsual()) {
                if (!state.session.isAsItBegan()) {
                    state.session.unknowable();
                }
                return null;
            }
            if (method.equals("reset")) {
                return null;
            }
            boolean asTheSame =
                    puts || (user != null && user.equals(state.origin().user()));
            if (!logsInAnew() || !asTheSame) {
                state.session.unknowable();
                return null;
            }
            return new Passage() {
                @Override
                protected void exit(@Nullable Object nothing, @Nullable Throwable failure) {
                    if (failure == null) {
                        state.session.begunAnew();
                    } else {
                        state.session.unknowable();
                    }
                }
            };
        }

        private boolean logsInAnew() {
            return method.equals("changeUser") || method.equals("resetServerState");
        }
    }

    /** Auto-commit stays on in such a transaction, and no statement tells of it. */
    private record OfManager(Known known) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            if (first instanceof String sql && Transaction.isControl(sql)) {
                ConnectionState state = known.resolve((Connection) self);
                return state == ConnectionState.UNKNOWN ? null : directed(state, sql);
            }
            return null;
        }

        private static @Nullable Passage directed(ConnectionState state, String sql) {
            boolean ends = Transaction.isEnd(sql);
            boolean unsettled = !state.session.settled();
            boolean begun = state.transaction.begun();
            state.transaction.heard(sql);
            if (ends) {
                state.session.heard(sql);
            } else if (!begun && state.transaction.begun()) {
                // What was set before is nothing that its end takes back.
                state.session.committed();
            } else if (unsettled && Transaction.isPreparation(sql)) {
                // What it set for itself is over, the rest is in force whatever becomes of it.
                state.session.unknowable();
            }
            return ends && unsettled ? new Ending(state) : null;
        }
    }

    /** A transaction may be refused at its end, and what it set is taken back. */
    private static final class Ending extends Passage {

        private final ConnectionState state;

        Ending(ConnectionState state) {
            this.state = state;
        }

        @Override
        protected void exit(@Nullable Object nothing, @Nullable Throwable failure) {
            if (failure != null) {
                state.session.unknowable();
            }
        }
    }

    private record OfConnection(Known known, BiConsumer<ConnectionState, @Nullable Object> note) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            ConnectionState state = known.connections.get(self);
            if (state != null && state != ConnectionState.UNKNOWN) {
                note.accept(state, first);
            }
            return null;
        }
    }
}
