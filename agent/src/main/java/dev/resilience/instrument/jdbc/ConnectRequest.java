package dev.resilience.instrument.jdbc;

import dev.resilience.guard.JdbcRequestView;
import dev.resilience.telemetry.CallTracer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An attempt to connect. @param url without secrets */
record ConnectRequest(String url, @Nullable String user) implements JdbcRequestView {

    @Override
    public String sql() {
        return CallTracer.CONNECT;
    }

    @Override
    public @Nullable String schema() {
        return null;
    }

    @Override
    public @Nullable List<@Nullable Object> parameters() {
        return null;
    }

    @Override
    public boolean query() {
        return false;
    }
}
