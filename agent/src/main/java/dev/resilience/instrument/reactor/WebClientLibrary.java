package dev.resilience.instrument.reactor;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/** Guards Spring's {@code WebClient}. Each subscription is a call, so what the application retries is decided each time. */
public final class WebClientLibrary implements Client {

    private final Guard guard;

    public WebClientLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof ExchangeFunction function) || !(first instanceof ClientRequest request)) {
            return null;
        }
        String method = request.method().name();
        URI uri = request.url();
        if (guard.matchHttp(method, uri) == null) {
            return null;
        }
        return new Deferred(Mono.defer(() -> {
            Endpoint endpoint = guard.matchHttp(method, uri);
            if (endpoint == null) {
                return function.exchange(request);
            }
            RequestBody body = endpoint.hasFallback() ? new RequestBody(request, function) : null;
            OutgoingRequest outgoing = new OutgoingRequest(request, body);
            return new Exchange(guard.begin(endpoint, outgoing), function, outgoing).run();
        }));
    }

    /** What the application gets in place of what the method would give: it is made when subscribed to. */
    private static final class Deferred extends Passage {

        Deferred(Mono<ClientResponse> call) {
            skipped = true;
            result = call;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }
}
