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
        String method = point.method();
        if (point.target() instanceof WeavePoint.Named pool) {
            return switch (method) {
                case "getConnection" -> new Borrowing(known);
                case "copyIn" -> new Copying(known);
                case "fireConnectionError" ->
                    (pooled, failure, second, third) -> Rejections.isRefusal(failure) ? new Instead(null) : null;
                default -> new PoolsOwn(known, Jdbc.setsUp(pool, method));
            };
        }
        if (!(point.target() instanceof WeavePoint.Implementing target)) {
            throw new IllegalArgumentException(point.toString());
        }
        return switch (target.type()) {
            case Jdbc.DRIVER -> new Connecting(known);
            case Jdbc.DATA_SOURCE -> new Borrowing(known);
            case Jdbc.XA_SOURCE, Jdbc.POOL_SOURCE -> new Physical(known);
            case Jdbc.RESULT_SET ->
                method.endsWith("Row")
                        ? new Dormant(known.guarding, new Rewriting(known))
                        : new Dormant(known.recording, new Reading(known, method.equals("close")));
            case Jdbc.CONNECTION -> ofConnection(method);
            default -> new Dormant(known.guarding, ofStatement(method));
        };
    }

    private Adapter ofConnection(String method) {
        return switch (method) {
            case "isValid" -> new PoolsOwn(known, false);
            case "createStatement", "prepareStatement" ->
                new Dormant(known.preparing.wake(), new Preparing(known, false));
            case "prepareCall" -> new Dormant(known.preparing.wake(), new Preparing(known, true));
            // Whose end does not matter while nothing of theirs does.
            case "close", "abort" -> new Dormant(known.preparing.wake(), Noting.of(known, method));
            // What ends with a transaction was set by a statement that is known.
            case "commit", "rollback", "setAutoCommit" -> new Dormant(known.guarding, new Bounding(known, method));
            case "setReadOnly", "setTransactionIsolation" -> new Dormant(known.guarding, new Readying(known, method));
            case "getAutoCommit" -> new Dormant(known.losing, new Readying(known, method));
            case "setClientInfo" -> new ClientInfo(known);
            // Asked by pools, of what is given back to them.
            case "clearWarnings" -> new Dormant(known.losing, new Bounding(known, method));
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
        if (method.equals("cancel")) {
            return new Cancelling(known);
        }
        return method.startsWith("get") ? new Fetching(known, method) : Noting.of(known, method);
    }
}
