package dev.resilience.instrument.vertx;

import dev.resilience.fallback.Answer;
import dev.resilience.instrument.http.Reason;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** An answer as a response: a stream of one piece, which flows as the application asks for it. */
final class AnswerResponse implements InvocationHandler {

    private final Answer.Http answer;
    private final PendingRequest request;
    private final Loop loop;
    private final MultiMap headers = HttpHeaders.headers();
    private final MultiMap trailers = HttpHeaders.headers();
    private final Promise<Buffer> body = Promise.promise();
    private final Promise<Void> end = Promise.promise();

    private @Nullable Buffer piece;
    private boolean paused;
    private boolean ended;
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;

    AnswerResponse(Answer.Http answer, PendingRequest request, Loop loop) {
        this.answer = answer;
        this.request = request;
        this.loop = loop;
        // A copy of its own: the application may write into it.
        this.piece = request.isHead() || answer.body().length == 0
                ? null
                : Buffer.buffer(answer.body().clone());
        for (Answer.Header header : answer.headers()) {
            headers.add(header.name(), header.value());
        }
    }

    /** The body begins to flow after whoever is given it has had the time to say where to. */
    HttpClientResponse proxy() {
        HttpClientResponse made = Methods.proxy(HttpClientResponse.class, this);
        loop.soon(this::flow);
        return made;
    }

    private void flow() {
        if (paused || ended) {
            return;
        }
        Buffer next = piece;
        piece = null;
        Handler<Buffer> reader = handler;
        if (next != null && reader != null) {
            reader.handle(next);
        }
        if (paused || ended) {
            return;
        }
        ended = true;
        Handler<Void> told = endHandler;
        if (told != null) {
            told.handle(null);
        }
        body.tryComplete(next == null ? Buffer.buffer() : next);
        end.tryComplete();
    }

    @Override
    @SuppressWarnings("unchecked") // the methods' signatures say so
    public @Nullable Object invoke(Object self, Method asked, Object @Nullable [] given) throws Throwable {
        if (asked.getDeclaringClass() == Object.class) {
            return Methods.ofObject(self, asked, given, "HttpClientResponse " + answer.status());
        }
        Object first = given == null || given.length == 0 ? null : given[0];
        switch (asked.getName()) {
            case "statusCode":
                return answer.status();
            case "statusMessage":
                return Reason.of(answer.status());
            case "version":
                return HttpVersion.HTTP_1_1;
            case "headers":
                return headers;
            case "trailers":
                return trailers;
            case "getHeader":
                return headers.get(String.valueOf(first));
            case "cookies":
                return headers.getAll("Set-Cookie");
            case "request":
                return answer.address() == null ? request.proxy() : request.proxyAt(answer.address());
            case "handler":
                handler = (Handler<Buffer>) first;
                return self;
            case "endHandler":
                endHandler = (Handler<Void>) first;
                return self;
            case "pause":
                paused = true;
                return self;
            case "resume", "fetch":
                paused = false;
                loop.soon(this::flow);
                return self;
            case "body":
                if (given == null) {
                    return body.future();
                }
                break;
            case "end":
                if (given == null) {
                    return end.future();
                }
                break;
            default:
        }
        if (asked.isDefault()) {
            return InvocationHandler.invokeDefault(self, asked, given);
        }
        return asked.getReturnType().isInstance(self) ? self : Methods.nothing(asked);
    }
}
