package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import java.sql.Statement;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Methods that only tell something: parameters, batches, schema and catalog, the end of a statement. */
final class Noting {

    private Noting() {}

    static Adapter of(Known known, String method) {
        if (method.equals("setSchema") || method.equals("setCatalog")) {
            return new OfConnection(known, (state, value) -> state.session.set(method, value));
        }
        switch (method) {
            case "commit", "setAutoCommit":
                return new OfConnection(known, (state, none) -> state.session.committed());
            case "rollback":
                return new OfConnection(known, (state, savepoint) -> state.session.rolledBack(savepoint == null));
            default:
                break;
        }
        if (method.equals("close")) {
            return new OfConnection(known, (state, none) -> state.closed = true);
        }
        Note note = noteOf(method);
        if (note == null) {
            throw new IllegalArgumentException(method);
        }
        return new OfStatement(known, note);
    }

    /** @return null when the method tells nothing that is wanted */
    static @Nullable Note noteOf(String method) {
        return switch (method) {
            case "addBatch" -> Noting::batched;
            case "clearBatch" -> Noting::batchCleared;
            case "clearParameters" -> Noting::cleared;
            case "registerOutParameter" -> Noting::unknowable;
            case "setNull" -> Noting::setNull;
            case "setAsciiStream",
                    "setBinaryStream",
                    "setCharacterStream",
                    "setNCharacterStream",
                    "setBlob",
                    "setClob",
                    "setNClob" -> (state, first, second, third) -> streamed(state, method, first, second, third);
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

    private static void setNull(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (state.parameters != null) {
            state.parameters.set(first, null, null);
        }
    }

    private static void streamed(
            StatementState state,
            String method,
            @Nullable Object first,
            @Nullable Object second,
            @Nullable Object third) {
        if (state.parameters == null) {
            return;
        }
        Object told = second == null ? null : HowSet.streamed(method, second, third);
        if (told == null && second != null) {
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
        state.batchSize++;
        if (first instanceof String sql && SessionSettings.concerns(sql)) {
            state.connection.session.note(sql, null);
        }
        if (state.batched == null) {
            state.batched = first instanceof String sql ? sql : state.prepared;
        }
    }

    private static void batchCleared(
            StatementState state, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        state.endBatch();
    }

    private record OfStatement(Known known, Note note) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            StatementState state = self instanceof Statement statement ? known.statements.get(statement) : null;
            if (state != null) {
                note.take(state, first, second, third);
            }
            return null;
        }
    }

    private record OfConnection(Known known, BiConsumer<ConnectionState, @Nullable Object> note) implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            ConnectionState state = self instanceof Connection connection ? known.connections.get(connection) : null;
            if (state != null && state != ConnectionState.UNKNOWN) {
                note.accept(state, first);
            }
            return null;
        }
    }
}
