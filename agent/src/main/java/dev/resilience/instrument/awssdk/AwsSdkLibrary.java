package dev.resilience.instrument.awssdk;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;

/** Guards the SDK's attempts: each of its own retries is a call. Event streams, which answer while they ask, pass. */
public final class AwsSdkLibrary implements Client {

    private final Guard guard;

    public AwsSdkLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof SdkAsyncHttpClient client)
                || !(first instanceof AsyncExecuteRequest asked)
                || asked.fullDuplex()) {
            return null;
        }
        SdkHttpRequest request = asked.request();
        String path = request.encodedPath();
        Endpoint endpoint = guard.matchHttp(
                request.method().name(),
                request.protocol(),
                request.host(),
                request.port(),
                path == null || path.isEmpty() ? "/" : path);
        if (endpoint == null) {
            return null;
        }
        ExecutedCall call = new ExecutedCall(guard.begin(endpoint, new OutgoingRequest(asked)), client, asked);
        return new Given(call.open(), call.future());
    }

    /** What the SDK gets in place of what the method would give. */
    private static final class Given extends Passage {

        Given(@Nullable RuntimeException failure, CompletableFuture<Void> future) {
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
