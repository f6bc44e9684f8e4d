package dev.resilience.instrument.okhttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.HttpCall;
import dev.resilience.instrument.http.ResponseHead;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One request over the network, behind all interceptors of the application: whoever traces OkHttp by one of these makes its
 * span of this, not of the call.
 */
final class NetworkRequest extends Passage {

    private static final ThreadLocal<@Nullable HttpCall> CURRENT = new ThreadLocal<>();

    private final HttpCall call;

    private NetworkRequest(HttpCall call) {
        this.call = call;
    }

    /** This thread makes the call's attempts from now on. */
    static void of(HttpCall call) {
        CURRENT.set(call);
    }

    static void over() {
        CURRENT.remove();
    }

    static @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        HttpCall call = CURRENT.get();
        return call == null ? null : new NetworkRequest(call);
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        if (given instanceof Response response) {
            call.attempted(new ResponseHead(response.code(), () -> InterceptPassage.headers(response.headers())), null);
        } else if (failure != null) {
            call.attempted(null, failure);
        }
    }
}
