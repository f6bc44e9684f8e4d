package dev.resilience.matrix;

import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpRequestView;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.JdbcRequestView;
import java.net.URI;

/** The one guard that the woven JVM knows: passes all calls on to the guard of the test that runs. */
public final class SwitchableGuard implements Guard {

    public static final SwitchableGuard INSTANCE = new SwitchableGuard();

    private volatile Guard current;

    private SwitchableGuard() {}

    /** Null: nothing is guarded. */
    void use(Guard guard) {
        current = guard;
    }

    @Override
    public Endpoint matchHttp(String method, URI uri) {
        Guard guard = current;
        return guard == null ? null : guard.matchHttp(method, uri);
    }

    @Override
    public Endpoint matchHttp(String method, String scheme, String host, int port, String path) {
        Guard guard = current;
        return guard == null ? null : guard.matchHttp(method, scheme, host, port, path);
    }

    @Override
    public HttpCall begin(Endpoint endpoint, HttpRequestView request) {
        return current.begin(endpoint, request);
    }

    @Override
    public Endpoint matchJdbc(String url, String sql) {
        return null;
    }

    @Override
    public boolean coversJdbc(String url) {
        return false;
    }

    @Override
    public boolean answersWithoutConnection(String url) {
        return false;
    }

    @Override
    public Endpoint matchConnect(String url) {
        return null;
    }

    @Override
    public boolean open(Endpoint endpoint) {
        return current.open(endpoint);
    }

    @Override
    public JdbcCall begin(Endpoint endpoint, JdbcRequestView request) {
        throw new UnsupportedOperationException();
    }
}
