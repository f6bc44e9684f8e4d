package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.Dormant;
import dev.resilience.instrument.WeavePoint;

/** Guards JDBC. */
public final class JdbcClient implements Client {

    private final Known known;

    public JdbcClient(Guard guard) {
        this.known = new Known(guard);
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        if (!(point.target() instanceof WeavePoint.Implementing target)) {
            return new PoolsOwn(known);
        }
        String method = point.method();
        return switch (target.type()) {
            case Jdbc.DRIVER -> new Connecting(known);
            case Jdbc.DATA_SOURCE -> new Borrowing(known);
            case Jdbc.XA_SOURCE, Jdbc.POOL_SOURCE -> new Physical();
            case Jdbc.RESULT_SET -> new Dormant(known.recording, new Reading(known, method.equals("close")));
            case Jdbc.CONNECTION -> ofConnection(method);
            default -> new Dormant(known.guarding, ofStatement(method));
        };
    }

    private Adapter ofConnection(String method) {
        return switch (method) {
            case "isValid" -> new PoolsOwn(known);
            case "createStatement", "prepareStatement" -> new Preparing(known, false);
            case "prepareCall" -> new Preparing(known, true);
            // What ends with a transaction was set by a statement that is known.
            case "commit", "rollback", "setAutoCommit" -> new Dormant(known.guarding, Noting.of(known, method));
            default -> Noting.of(known, method);
        };
    }

    private Adapter ofStatement(String method) {
        if (method.startsWith("execute")) {
            return new Executing(known, Expected.of(method));
        }
        if (method.equals("close")) {
            return new Closing(known);
        }
        return method.startsWith("get") ? new Fetching(known, method) : Noting.of(known, method);
    }
}
