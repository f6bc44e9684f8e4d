package dev.resilience.instrument.okhttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** Guards OkHttp. Nothing that is instrumented lies beneath it, so no thread is marked while a call runs. WebSockets pass. */
public final class OkHttpLibrary implements Client {

    private final Guard guard;

    public OkHttpLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        Set<String> woven = ((WeavePoint.Library) point.target()).classes();
        if (woven.contains(OkHttp.FOLLOW_UP)) {
            return this::enter;
        }
        return woven.contains(OkHttp.CALL_SERVER) ? NetworkRequest::enter : SentAlong::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof Interceptor interceptor)
                || !(first instanceof Object[] arguments)
                || !(arguments[0] instanceof Interceptor.Chain chain)) {
            return null;
        }
        Request request = chain.request();
        HttpUrl url = request.url();
        Endpoint endpoint = guard.matchHttp(request.method(), url.scheme(), url.host(), url.port(), url.encodedPath());
        if (endpoint == null || "websocket".equalsIgnoreCase(request.header("Upgrade"))) {
            return null;
        }
        OutgoingRequest outgoing = OutgoingRequest.of(interceptor, chain, endpoint.hasFallback());
        return new InterceptPassage(guard.begin(endpoint, outgoing), interceptor, chain, outgoing.oneTime()).open();
    }
}
