package dev.resilience.instrument.vertx;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import org.jspecify.annotations.Nullable;

/**
 * Guards Vert.x. A request becomes a call when it begins to be sent: only then are its headers and its body known. Redirects,
 * whether the client follows them or {@code WebClient} does, are part of the call. WebSockets and tunnels pass.
 */
public final class VertxLibrary implements Client {

    private static final StackWalker CALLERS = StackWalker.getInstance();

    private final Guard guard;
    private final Redirects redirects = new Redirects();

    public VertxLibrary(Guard guard) {
        this.guard = guard;
    }

    @Override
    public Adapter adapter(WeavePoint point) {
        if (point.target() instanceof WeavePoint.Library library
                && library.classes().contains(VertxHttp.CONTEXT)) {
            return (self, first, second, third) -> redirects.inside(self);
        }
        if (String.valueOf(point.descriptor()).startsWith("(Lio/vertx/core/http/RequestOptions;")) {
            return (self, first, second, third) -> enter(self, first, second);
        }
        return new ByParts();
    }

    @SuppressWarnings("unchecked") // the woven method's signature says so
    private @Nullable Passage enter(Object self, @Nullable Object options, @Nullable Object handler) {
        if (!(self instanceof HttpClient client)
                || !(options instanceof RequestOptions asked)
                || ThreadMarks.active()) {
            return null;
        }
        Target target = Target.of(client, asked);
        if (target == null) {
            return null;
        }
        Endpoint endpoint =
                guard.matchHttp(target.method(), target.scheme(), target.host(), target.port(), target.path());
        Object owner = redirects.owner();
        if (endpoint == null && owner == null) {
            return null;
        }
        VertxCall pending = owner == null ? null : redirects.taken(owner);
        if (pending == null && (endpoint == null || redirects.followed(owner) || byTheClientItself())) {
            return null;
        }
        Loop loop = Loop.of(client);
        VertxCall call =
                pending == null ? new VertxCall(guard, endpoint, client, loop, redirects, owner) : pending.redirected();
        Future<HttpClientRequest> request =
                loop.later(new PendingRequest(call, asked, target, loop, call.answerable()).proxy());
        if (handler == null) {
            return new Given(request);
        }
        request.onComplete((Handler<AsyncResult<HttpClientRequest>>) handler);
        return new Given(null);
    }

    /** Whether the client's own machinery follows a redirect: its caller is then one of its own continuations. */
    private static boolean byTheClientItself() {
        // That goes on where responses come, which is on a context.
        return Vertx.currentContext() != null
                && CALLERS.walk(frames -> frames.dropWhile(
                                frame -> !frame.getClassName().startsWith("io.vertx."))
                        .dropWhile(frame -> frame.getMethodName().equals("request"))
                        .findFirst()
                        .map(frame -> frame.getClassName().startsWith("io.vertx.core.http.impl.")
                                && frame.getMethodName().startsWith("lambda$"))
                        .orElse(false));
    }

    /** Methods that take their options one by one: all four arguments and the handler would not fit through the gate. */
    private final class ByParts implements Adapter {

        @Override
        public @Nullable Passage enter(
                Object self, @Nullable Object method, @Nullable Object port, @Nullable Object host) {
            // Older clients keep these ways apart; their options are put together by the advice's array.
            if (!(method instanceof Object[] all)
                    || !(all[0] instanceof HttpMethod verb)
                    || !(all[1] instanceof Integer number)) {
                return null;
            }
            RequestOptions options = new RequestOptions()
                    .setMethod(verb)
                    .setPort(number)
                    .setHost((String) all[2])
                    .setURI((String) all[3]);
            return VertxLibrary.this.enter(self, options, all.length > 4 ? all[4] : null);
        }
    }

    /** What the application gets in place of what the method would give. */
    private static final class Given extends Passage {

        Given(@Nullable Object future) {
            skipped = true;
            result = future;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            // Always skipped.
        }
    }
}
