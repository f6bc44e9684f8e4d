package dev.resilience.instrument.apache4;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import java.net.URI;
import org.apache.http.HttpRequest;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.nio.client.HttpAsyncClient;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;
import org.apache.http.protocol.BasicHttpContext;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Guards Apache HttpAsyncClient 4.1. Its own redirects are part of the call. What is sent is known to the producer alone, which
 * is therefore asked first. Pipelined calls pass.
 */
public final class Apache4AsyncLibrary implements Client {

    private static final int ARGUMENTS = 4;
    private static final int CONTEXT = 2;

    private final Guard guard;

    public Apache4AsyncLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        return this::enter;
    }

    private @Nullable Passage enter(
            Object self, @Nullable Object all, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof HttpAsyncClient client)
                || AsyncExecution.passes(client)
                || !(all instanceof Object[] arguments)
                || arguments.length != ARGUMENTS
                || !(arguments[0] instanceof HttpAsyncRequestProducer producer)
                || producer instanceof AskedProducer
                || !(arguments[1] instanceof HttpAsyncResponseConsumer<?> consumer)) {
            return null;
        }
        AskedProducer asked = new AskedProducer(producer);
        HttpRequest request = asked.ask();
        if (request == null) {
            return passed(asked, arguments);
        }
        URI uri = Address.of(request);
        Endpoint endpoint = Address.endpoint(guard, asked.target(), request, uri);
        if (endpoint == null) {
            return passed(asked, arguments);
        }
        HttpContext context = arguments[CONTEXT] instanceof HttpContext given ? given : new BasicHttpContext();
        OutgoingRequest outgoing = OutgoingRequest.async(
                client,
                asked.target(),
                request,
                uri,
                context,
                asked.canBeAskedAgain(),
                endpoint.hasFallback() ? asked::told : null);
        AsyncExecution<?> execution = new AsyncExecution<>(
                guard.begin(endpoint, outgoing),
                new AsyncExecution.Sending(client, request, asked, context),
                consumer,
                callback(arguments[3]));
        return new Given(execution.open(), execution.future());
    }

    private static @Nullable Passage passed(AskedProducer asked, Object[] arguments) {
        return asked.canBeAskedAgain() ? null : new Untouched(arguments, asked);
    }

    @SuppressWarnings("unchecked") // the woven method's signature says so
    private static <T> @Nullable FutureCallback<T> callback(@Nullable Object argument) {
        return (FutureCallback<T>) argument;
    }

    /** What the application gets in place of what the method would give. */
    private static final class Given extends Passage {

        Given(@Nullable RuntimeException failure, Object future) {
            skipped = true;
            thrown = failure;
            result = future;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }

    /** A call that is none of ours, whose producer is not to be asked a second time. */
    private static final class Untouched extends Passage {

        Untouched(Object[] own, AskedProducer asked) {
            arguments = own.clone();
            arguments[0] = asked;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // What the call gave is right.
        }
    }
}
