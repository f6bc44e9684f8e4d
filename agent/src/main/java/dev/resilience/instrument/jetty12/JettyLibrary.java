package dev.resilience.instrument.jetty12;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.PerObject;
import dev.resilience.instrument.WeavePoint;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Guards Jetty's client. What its own handlers send after a redirect or a challenge shares the request's conversation and is
 * part of the call. Upgrades and tunnels pass.
 */
public final class JettyLibrary implements Client {

    private final Guard guard;

    /** Conversations whose call is on its way. */
    private final PerObject<HttpConversation, Boolean> guarded = new PerObject<>();

    public JettyLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return (self, first, second, third) -> enter(self, first);
    }

    private @Nullable Passage enter(Object self, @Nullable Object listener) {
        if (!(self instanceof HttpRequest request)) {
            return null;
        }
        String path = request.getPath() == null || request.getPath().isEmpty() ? "/" : request.getPath();
        Endpoint endpoint =
                guard.matchHttp(request.getMethod(), request.getScheme(), request.getHost(), request.getPort(), path);
        if (endpoint == null
                || request.getMethod().equals("CONNECT")
                || guarded.get(request.getConversation()) != null) {
            return null;
        }
        OutgoingRequest view = OutgoingRequest.of(request, endpoint.hasFallback());
        if (view == null || !view.header("Upgrade").isEmpty()) {
            return null;
        }
        HttpConversation conversation = request.getConversation();
        JettyCall call = new JettyCall(
                guard.begin(endpoint, view),
                request,
                view.oneTime(),
                (Response.CompleteListener) listener,
                () -> guarded.remove(conversation));
        guarded.put(conversation, true);
        call.start();
        return new Sent();
    }

    /** The request is on its way. */
    private static final class Sent extends Passage {

        Sent() {
            skipped = true;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }
}
