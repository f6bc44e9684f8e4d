package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.rule.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A statement on a connection of the probe's own, kept open between probes. A kept connection that fails proves little (the
 * server may have restarted meanwhile), so the answer is then that of a fresh one.
 */
final class SqlCheck implements Check {

    private final String service;
    private final ProbeConfig.Sql config;
    private final SqlProbeConnections connections;
    private final Executor executor;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean closed;
    private volatile @Nullable Connection kept;

    SqlCheck(String service, ProbeConfig.Sql config, SqlProbeConnections connections, Executor executor) {
        this.service = service;
        this.config = config;
        this.connections = connections;
        this.executor = executor;
    }

    @Override
    public String kind() {
        return "sql";
    }

    @Override
    public String target() {
        // Numbers, as in SELECT 1, tell nobody anything.
        return config.sql().matches("[^'\"$`]*") ? config.sql() : SqlText.withoutLiterals(config.sql(), config.url());
    }

    @Override
    public CompletionStage<?> ask(Duration timeout) {
        if (!busy.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(new Down("the driver has not come back from the probe before"));
        }
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                query(timeout);
                answer.complete(null);
            } catch (SqlProbeConnections.TooEarly early) {
                answer.completeExceptionally(new NotYet(String.valueOf(early.getMessage())));
            } catch (Throwable down) {
                answer.completeExceptionally(down);
            } finally {
                busy.set(false);
            }
        });
        return answer;
    }

    @Override
    public void giveUp() {
        Connection connection = kept;
        kept = null;
        if (connection != null) {
            try {
                // Frees a thread that waits in the driver; close() would wait behind it.
                connection.abort(executor);
            } catch (SQLException | RuntimeException | AbstractMethodError broken) {
                close(connection);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        Connection connection = kept;
        kept = null;
        if (connection != null) {
            executor.execute(() -> close(connection));
        }
    }

    private void query(Duration timeout) throws SQLException {
        Connection before = kept;
        if (before != null) {
            try {
                query(before, timeout);
                return;
            } catch (SQLException stale) {
                kept = null;
                close(before);
            }
        }
        Connection fresh = connections.open(service, config, timeout);
        kept = fresh;
        try {
            query(fresh, timeout);
        } catch (SQLException | RuntimeException down) {
            kept = null;
            close(fresh);
            throw down;
        }
        if (closed) {
            kept = null;
            close(fresh);
        }
    }

    private void query(Connection connection, Duration timeout) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout((int) Math.max(1, timeout.toSeconds()));
            statement.execute(config.sql());
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException | RuntimeException alreadyBroken) {
            // It was given up; the server drops its end.
        }
    }
}
