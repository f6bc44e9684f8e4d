package dev.resilience.instrument.reactor;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/**
 * Guards Reactor Netty. Each subscription is a call, so what the application retries is decided each time; redirects and the
 * client's own repetition on a stale connection are part of the call. WebSockets pass.
 */
public final class ReactorNettyLibrary implements Client {

    private final Guard guard;

    public ReactorNettyLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        Taking taking = Taking.of(point);
        return (self, first, second, third) -> enter(taking, self, first);
    }

    private @Nullable Passage enter(Taking taking, Object self, @Nullable Object receiver) {
        if (!(self instanceof HttpClient client) || ThreadMarks.active()) {
            return null;
        }
        boolean deferred = Settings.deferred(client);
        if (!deferred && endpoint(Target.of(client.configuration())) == null) {
            return null;
        }
        return new Given(taking.lazily(() -> call(taking, client, deferred, receiver)));
    }

    private Publisher<?> call(Taking taking, HttpClient client, boolean deferred, @Nullable Object receiver) {
        Mono<HttpClient> settled = deferred ? Settings.settled(client) : null;
        return settled == null
                ? made(taking, client, receiver)
                : settled.flatMapMany(known -> made(taking, known, receiver));
    }

    private Publisher<?> made(Taking taking, HttpClient client, @Nullable Object receiver) {
        Target target = Target.of(client.configuration());
        Endpoint endpoint = matched(target);
        if (target == null || endpoint == null) {
            return untouched(taking, client, receiver);
        }
        return taking.taken(
                Mono.deferContextual(context -> {
                    NettyBody body = endpoint.hasFallback() ? NettyBody.of(client.configuration(), context) : null;
                    HttpCall call = guard.begin(endpoint, new NettyRequest(client, target, body));
                    return new NettyCall(call, client, target, context, body).run();
                }),
                receiver);
    }

    /** Never throws: a subscription that fails for the agent's sake would be a call that failed for it. */
    private @Nullable Endpoint matched(@Nullable Target target) {
        try {
            return endpoint(target);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }

    private @Nullable Endpoint endpoint(@Nullable Target target) {
        return target == null
                ? null
                : guard.matchHttp(target.method(), target.scheme(), target.host(), target.port(), target.path());
    }

    /** Made past the gate. */
    private static Publisher<?> untouched(Taking taking, HttpClient client, @Nullable Object receiver) {
        ThreadMarks.enter();
        try {
            return taking.plain((HttpClient.ResponseReceiver<?>) client, receiver);
        } finally {
            ThreadMarks.exit();
        }
    }

    /** What the application gets in place of what the method would give: it is made when subscribed to. */
    private static final class Given extends Passage {

        Given(Object publisher) {
            skipped = true;
            result = publisher;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }
}
