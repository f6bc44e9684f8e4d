package dev.resilience.instrument.asynchttp;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import org.asynchttpclient.AsyncHandler;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.Request;
import org.asynchttpclient.uri.Uri;
import org.jspecify.annotations.Nullable;

/** Guards AsyncHttpClient. Its own retries and redirects are part of the call. WebSockets pass, and so do streamed answers. */
public final class AsyncHttpLibrary implements Client {

    /** Of the second generation alone: its body is a publisher, which no handler before it could hold back. */
    private static final String STREAMED = "org.asynchttpclient.handler.StreamedAsyncHandler";

    private final Guard guard;
    private final @Nullable Class<?> streamed = streamed();

    public AsyncHttpLibrary(Guard guard) {
        this.guard = guard;
    }

    private static @Nullable Class<?> streamed() {
        try {
            return Class.forName(STREAMED, false, AsyncHttpClient.class.getClassLoader());
        } catch (ClassNotFoundException thirdGeneration) {
            return null;
        }
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof AsyncHttpClient client)
                || !(first instanceof Request request)
                || !(second instanceof AsyncHandler<?> handler)
                || (streamed != null && streamed.isInstance(handler))
                || request.getHeaders().contains("Upgrade")) {
            return null;
        }
        Uri uri = request.getUri();
        String path = uri.getPath() == null || uri.getPath().isEmpty() ? "/" : uri.getPath();
        Endpoint endpoint = guard.matchHttp(request.getMethod(), uri.getScheme(), uri.getHost(), uri.getPort(), path);
        return endpoint == null ? null : start(endpoint, client, request, handler);
    }

    private <T> Passage start(Endpoint endpoint, AsyncHttpClient client, Request request, AsyncHandler<T> handler) {
        OutgoingRequest outgoing = new OutgoingRequest(client, request, endpoint.hasFallback());
        HandledCall<T> call = new HandledCall<>(guard.begin(endpoint, outgoing), client, request, outgoing, handler);
        return new Given(call.open(), call.future());
    }

    /** What the application gets in place of what the method would give. */
    private static final class Given extends Passage {

        Given(@Nullable RuntimeException failure, ListenableFuture<?> future) {
            skipped = true;
            thrown = failure;
            result = future;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }
}
