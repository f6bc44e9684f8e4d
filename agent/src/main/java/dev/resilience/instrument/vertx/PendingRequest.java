package dev.resilience.instrument.vertx;

import dev.resilience.fallback.Answer;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.streams.ReadStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The request that the application gets: takes down what it is told until it begins to be sent, and leads on to the client's
 * own request from when there is one. Used on its context's thread, and on the application's before that.
 */
final class PendingRequest implements InvocationHandler {

    private static final Set<String> SENDING =
            Set.of("send", "end", "write", "sendHead", "connect", "writeCustomFrame");

    private final VertxCall call;
    private final RequestOptions options;
    private final Target target;
    private final MultiMap headers = HttpHeaders.headers();
    private final Map<String, Told> settings = new LinkedHashMap<>();
    private final List<Told> parts = new ArrayList<>();
    private final Promise<HttpClientResponse> response;
    private final Loop loop;

    /** Null where nobody will want to be told. */
    private final @Nullable WrittenBody body;

    private HttpMethod method;
    private String uri;
    private boolean begun;
    private boolean whole;
    private boolean over;

    /** Whether the body is waited for, and goes nowhere yet. */
    private boolean gathering;

    private @Nullable Throwable failure;
    private @Nullable HttpClientRequest real;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> drainHandler;

    /** @param told whether somebody may want to know its body */
    PendingRequest(VertxCall call, RequestOptions options, Target target, Loop loop, boolean told) {
        this.response = loop.promise();
        this.loop = loop;
        this.body = told ? new WrittenBody(loop, this::letFlow) : null;
        this.call = call;
        this.options = options;
        this.target = target;
        this.method = options.getMethod();
        this.uri = options.getURI();
        if (options.getHeaders() != null) {
            headers.addAll(options.getHeaders());
        }
    }

    HttpClientRequest proxy() {
        return Methods.proxy(HttpClientRequest.class, this);
    }

    /** As the last of those that a redirect led to. */
    HttpClientRequest proxyAt(URI address) {
        HttpClientRequest first = proxy();
        return Methods.proxy(HttpClientRequest.class, (proxy, asked, given) -> switch (asked.getName()) {
            case "absoluteURI" -> address.toString();
            case "path" -> address.getPath();
            case "query" -> address.getQuery();
            case "getURI" ->
                address.getRawQuery() == null
                        ? address.getRawPath()
                        : address.getRawPath() + "?" + address.getRawQuery();
            case "getHost" -> address.getHost();
            case "getPort" -> address.getPort();
            case "authority" ->
                given == null
                        ? authority(asked.getReturnType(), address.getHost(), address.getPort())
                        : Methods.call(asked, first, given);
            default -> Methods.call(asked, first, given);
        });
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method asked, Object @Nullable [] given) throws Throwable {
        if (asked.getDeclaringClass() == Object.class) {
            return Methods.ofObject(proxy, asked, given, "HttpClientRequest of " + target);
        }
        String name = asked.getName();
        Object first = given == null || given.length == 0 ? null : given[0];
        if (name.equals("response")) {
            return responding(proxy, asked, given);
        }
        if (name.equals("reset") || name.equals("cancel")) {
            return reset(asked, given);
        }
        if (name.equals("exceptionHandler")) {
            exceptionHandler = handler(first);
            return proxy;
        }
        if (SENDING.contains(name)) {
            return sending(proxy, asked, given);
        }
        HttpClientRequest made = real;
        if (made != null) {
            Object result = Methods.call(asked, made, given);
            return result == made ? proxy : result;
        }
        return told(proxy, asked, given, first);
    }

    private @Nullable Object told(Object proxy, Method asked, Object @Nullable [] given, @Nullable Object first)
            throws Throwable {
        switch (asked.getName()) {
            case "headers":
                return headers;
            case "putHeader":
                putHeader(first, Objects.requireNonNull(given)[1]);
                return proxy;
            case "getMethod":
                return method;
            case "setMethod":
                method = (HttpMethod) Objects.requireNonNull(first, "method");
                return proxy;
            case "getURI":
                return uri;
            case "setURI":
                uri = String.valueOf(first);
                return proxy;
            case "path":
                return target.asked(uri).getPath();
            case "query":
                return target.asked(uri).getQuery();
            case "absoluteURI":
                return target.asked(uri).toString();
            case "getHost":
                return target.host();
            case "getPort":
                return target.port();
            case "authority":
                if (given == null && !settings.containsKey("authority")) {
                    return authority(asked.getReturnType(), target.host(), target.port());
                }
                break;
            case "connection":
                return connection();
            case "version":
                return HttpVersion.HTTP_1_1;
            case "writeQueueFull":
                return begun && !over && !gathering;
            case "drainHandler":
                drainHandler = handler(first);
                return proxy;
            default:
        }
        if (given != null && asked.getReturnType().isInstance(proxy)) {
            settings.put(asked.getName(), new Told(asked, given, null));
            return proxy;
        }
        Told before = settings.get(setter(asked.getName()));
        if (before != null && before.given != null) {
            return before.given[0];
        }
        // Newer versions say so what older ones call otherwise.
        return asked.isDefault() ? InvocationHandler.invokeDefault(proxy, asked, given) : Methods.nothing(asked);
    }

    /** The one that there will be: newer versions of {@code WebClient} ask it before the call whether it is secure. */
    private HttpConnection connection() {
        return Methods.proxy(HttpConnection.class, (proxy, asked, given) -> {
            if (asked.getDeclaringClass() == Object.class) {
                return Methods.ofObject(proxy, asked, given, "HttpConnection to " + target);
            }
            if (asked.getName().equals("isSsl")) {
                return target.scheme().equals("https");
            }
            if (Future.class.isAssignableFrom(asked.getReturnType())) {
                return Future.failedFuture("The request was not sent yet: it has no connection");
            }
            return asked.getReturnType().isInstance(proxy) ? proxy : Methods.nothing(asked);
        });
    }

    /** @param type the library's, which its older versions do not have */
    private static @Nullable Object authority(Class<?> type, String host, int port) throws Throwable {
        return Methods.call(type.getMethod("authority", String.class, int.class), type, new Object[] {host, port});
    }

    @SuppressWarnings("unchecked") // the methods' signatures say so
    private void putHeader(@Nullable Object name, @Nullable Object value) {
        if (name instanceof String text && value instanceof Iterable<?> values) {
            headers.set(text, (Iterable<String>) values);
        } else if (value instanceof Iterable<?> values) {
            headers.set((CharSequence) name, (Iterable<CharSequence>) values);
        } else if (name instanceof String text && value instanceof String single) {
            headers.set(text, single);
        } else {
            headers.set((CharSequence) name, (CharSequence) value);
        }
    }

    /** Of a getter's name. */
    private static String setter(String getter) {
        return getter.startsWith("is")
                ? "set" + getter.substring(2)
                : getter.startsWith("get") ? "set" + getter.substring(3) : getter;
    }

    @SuppressWarnings("unchecked") // the methods' signatures say so
    private static <T> @Nullable Handler<T> handler(@Nullable Object given) {
        return (Handler<T>) given;
    }

    private @Nullable Object responding(Object proxy, Method asked, Object @Nullable [] given) {
        Handler<AsyncResult<HttpClientResponse>> handler = given == null ? null : handler(given[0]);
        if (handler == null) {
            return response.future();
        }
        response.future().onComplete(handler);
        return asked.getReturnType() == void.class ? null : proxy;
    }

    /** Something is to go out: in the client's own way once its request is there. */
    private @Nullable Object sending(Object proxy, Method asked, Object @Nullable [] given) throws Throwable {
        String name = asked.getName();
        Object first = given == null || given.length == 0 ? null : given[0];
        boolean streams = name.equals("send") && first instanceof ReadStream;
        if (streams) {
            // Sets what must be set and pipes, by way of this very proxy.
            return InvocationHandler.invokeDefault(proxy, asked, given);
        }
        if (first != null && body != null && !begun && name.equals("send") && EncodedForm.is(first)) {
            ReadStream<Buffer> form = EncodedForm.of(first, headers, loop.context());
            if (form != null) {
                return InvocationHandler.invokeDefault(
                        proxy, HttpClientRequest.class.getMethod("send", ReadStream.class), form);
            }
        }
        boolean forResponse = name.equals("send") || name.equals("connect");
        Handler<AsyncResult<HttpClientResponse>> responded = null;
        Told part = new Told(asked, given, Promise.promise());
        if (forResponse && given != null && given.length > 0 && given[given.length - 1] instanceof Handler) {
            responded = handler(given[given.length - 1]);
            Object[] quiet = given.clone();
            quiet[quiet.length - 1] = (Handler<Object>) ignored -> {};
            part = new Told(asked, quiet, Promise.promise());
        }
        if (responded != null) {
            response.future().onComplete(responded);
        }
        go(body == null ? part : watched(part, body));
        if (forResponse) {
            return asked.getReturnType() == void.class ? null : response.future();
        }
        if (Future.class.isAssignableFrom(asked.getReturnType())) {
            return part.done().future();
        }
        return asked.getReturnType() == void.class ? null : proxy;
    }

    /** Whoever pipes into it ends it, too, when a piece of it could not be written. */
    private static Told watched(Told part, WrittenBody body) {
        part.done().future().onComplete(outcome -> {
            if (outcome.failed()) {
                body.lose();
            }
        });
        Object[] given = part.given;
        if (given == null || given.length < 2 || !(given[given.length - 1] instanceof Handler<?> told)) {
            return part;
        }
        Handler<AsyncResult<Void>> application = handler(told);
        Object[] passed = given.clone();
        passed[passed.length - 1] = (Handler<AsyncResult<Void>>) outcome -> {
            if (outcome.failed()) {
                body.lose();
            }
            Objects.requireNonNull(application).handle(outcome);
        };
        return new Told(part.method, passed, part.promise);
    }

    private void go(Told part) {
        if (failure != null && body != null) {
            body.lose();
        }
        if (body != null && !over) {
            body.note(part.method.getName(), part.given);
        }
        HttpClientRequest made = real;
        if (made != null) {
            part.tell(made);
            return;
        }
        if (over) {
            part.refuse(failure);
            return;
        }
        boolean starts = !begun;
        byte[] sent = starts && (part.is("send") || part.is("end")) ? WrittenBody.bytes(part.given) : null;
        parts.add(part);
        begun = true;
        if (starts) {
            whole = sent != null;
            call.begin(
                    this,
                    new OutgoingRequest(method.name(), target.asked(uri), headers, sent, body),
                    whole,
                    part.is("connect") || headers.contains("Upgrade"));
        }
    }

    /** What takes the call in charge waits for the rest of a body that the application may be piping. */
    private void letFlow() {
        Handler<Void> drained = drainHandler;
        if (real == null && !over) {
            gathering = true;
            if (drained != null) {
                drained.handle(null);
            }
        } else if (failure != null && body != null) {
            // Nobody writes on to what broke.
            body.noMore();
        }
    }

    private @Nullable Object reset(Method asked, Object @Nullable [] given) throws Throwable {
        long code = given == null || given.length == 0 ? 0 : (Long) given[0];
        StreamResetException reset = new StreamResetException(code);
        HttpClientRequest made = real;
        call.cancel(reset);
        if (made != null) {
            return Methods.call(asked, made, given);
        }
        boolean done = over;
        fail(reset);
        if (asked.getName().equals("cancel")) {
            return Future.succeededFuture(!done);
        }
        return asked.getReturnType() == boolean.class ? (Object) !done : Future.succeededFuture();
    }

    /** With all that it was told so far. @param along what is to be added, where it has none of that name */
    RequestOptions options(List<Answer.Header> along) {
        MultiMap sent = HttpHeaders.headers().addAll(headers);
        for (Answer.Header header : along) {
            if (!sent.contains(header.name())) {
                sent.set(header.name(), header.value());
            }
        }
        // The oldest versions leave the redirects out of the copy.
        return new RequestOptions(options)
                .setFollowRedirects(options.getFollowRedirects())
                .setMethod(method)
                .setURI(uri)
                .setHeaders(sent);
    }

    /** The client's own request is there: it is told what this one was told. */
    void becomes(HttpClientRequest made) {
        made.exceptionHandler(thrown -> {
            // Nobody else hears of it before it is known what becomes of the call.
            failure = thrown;
            if (body != null) {
                // Nobody writes on to what broke.
                body.noMore();
            }
            Handler<Throwable> told = exceptionHandler;
            if (told != null && response.future().isComplete()) {
                told.handle(thrown);
            }
        });
        settings.values().forEach(setting -> setting.tell(made));
        Handler<Void> drained = drainHandler;
        if (drained != null) {
            made.drainHandler(drained);
        }
        if (!whole) {
            real = made;
        }
        for (Told part : List.copyOf(parts)) {
            part.tell(made);
        }
        if (!whole) {
            parts.clear();
            if (drained != null && !made.writeQueueFull()) {
                drained.handle(null);
            }
        }
    }

    /** The attempt is the last one: from now on this is the client's own. */
    void settles(@Nullable HttpClientRequest made) {
        real = made;
    }

    void respond(HttpClientResponse given) {
        if (real == null) {
            over = true;
            parts.forEach(part -> part.refuse(null));
            Handler<Void> drained = drainHandler;
            if (!whole && drained != null) {
                drained.handle(null);
            }
        }
        response.tryComplete(given);
    }

    void fail(Throwable thrown) {
        over = true;
        Throwable first = failure;
        failure = thrown;
        parts.forEach(part -> part.refuse(thrown));
        Handler<Throwable> told = exceptionHandler;
        if (first != null && told != null) {
            told.handle(first);
        }
        response.tryFail(thrown);
    }

    boolean isHead() {
        return method.name().equals("HEAD");
    }

    /** A call to the request. */
    private record Told(
            Method method,
            @Nullable Object @Nullable [] given,
            @Nullable Promise<Void> promise) {

        boolean is(String name) {
            return method.getName().equals(name);
        }

        Promise<Void> done() {
            return Objects.requireNonNull(promise);
        }

        /** Passes it on. */
        @SuppressWarnings("unchecked") // the methods' signatures say so
        void tell(HttpClientRequest made) {
            try {
                Object result = Methods.call(method, made, given);
                if (promise != null && result instanceof Future<?> future && !is("send") && !is("connect")) {
                    ((Future<Void>) future).onComplete(outcome -> {
                        if (outcome.succeeded()) {
                            promise.tryComplete();
                        } else {
                            promise.tryFail(outcome.cause());
                        }
                    });
                }
            } catch (Throwable thrown) {
                refuse(thrown);
            }
        }

        /** It goes nowhere. @param why null when that is as good as sent */
        void refuse(@Nullable Throwable why) {
            if (promise != null) {
                if (why == null) {
                    promise.tryComplete();
                } else {
                    promise.tryFail(why);
                }
            }
            Object last = given == null || given.length == 0 ? null : given[given.length - 1];
            Handler<AsyncResult<Void>> handler = last instanceof Handler ? handler(last) : null;
            if (handler != null && !is("send") && !is("connect")) {
                handler.handle(why == null ? Future.succeededFuture() : Future.failedFuture(why));
            }
        }
    }
}
