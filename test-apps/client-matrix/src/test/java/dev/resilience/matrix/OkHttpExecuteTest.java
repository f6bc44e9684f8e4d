package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.Credentials;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.http.HttpMethod;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;

class OkHttpExecuteTest extends HttpClientConformance {

    static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(POOLED, 1, TimeUnit.MINUTES))
            .build();

    private final OkHttpClient user = user();

    @Override
    boolean knowsInterim() {
        return isOf4();
    }

    /** Whether it is of version 4 or later, from which on it names its version in a class of its own. */
    static boolean isOf4() {
        try {
            Class.forName("okhttp3.OkHttp");
            return true;
        } catch (ClassNotFoundException older) {
            return false;
        }
    }

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return reply(call(request).execute());
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        return reply(CLIENT.newCall(once(to, body)).execute());
    }

    static Request once(URI to, Once body) {
        RequestBody put = new RequestBody() {
            @Override
            public MediaType contentType() {
                return null;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write(body.bytes());
            }
        };
        return new Request.Builder().url(to.toString()).put(put).build();
    }

    @Override
    AutoCloseable begun(Outgoing request, boolean reads) throws Exception {
        Response response = call(request).execute();
        if (reads) {
            response.body().source().readByte();
        }
        return response;
    }

    @Override
    boolean onCallersThread() {
        return true;
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        drain(call(request).execute().body().byteStream(), to);
        return true;
    }

    @Override
    Reply asUser(Outgoing request) throws Exception {
        return reply(user.newCall(call(request).request()).execute());
    }

    /** With cookies and credentials. */
    static OkHttpClient user() {
        List<Cookie> kept = new CopyOnWriteArrayList<>();
        return CLIENT.newBuilder()
                .cookieJar(new CookieJar() {
                    @Override
                    public void saveFromResponse(HttpUrl url, List<Cookie> cookies) {
                        kept.addAll(cookies);
                    }

                    @Override
                    public List<Cookie> loadForRequest(HttpUrl url) {
                        return List.copyOf(kept);
                    }
                })
                .authenticator((route, response) -> response.request()
                        .newBuilder()
                        .header("Authorization", Credentials.basic(TestServer.USER, TestServer.PASSWORD))
                        .build())
                .build();
    }

    @Test
    void a_body_that_can_be_sent_once_only_is_sent_once() throws Exception {
        guard.repetitions = 2;
        server.flaky.set(1);
        try (Response response = once("/guarded/flaky")) {
            assertThat(response.code()).isEqualTo(503);
        }
        assertThat(server.hits.get()).isEqualTo(1);
        settled("answered 503");
        try (Response response = once("/guarded/echo")) {
            assertThat(response.body().string()).isEqualTo("only once");
        }
    }

    @Test
    void listeners_hear_of_a_deadline_on_no_thread_of_the_agents() {
        AtomicReference<Thread> on = new AtomicReference<>();
        EventListener listener = new EventListener() {
            // Of newer versions alone.
            public void canceled(Call call) {
                on.set(Thread.currentThread());
            }
        };
        guard.deadlineMillis = 200;
        server.hold = new CountDownLatch(1);
        Call call = CLIENT.newBuilder()
                .eventListener(listener)
                .build()
                .newCall(call(Outgoing.get(server.uri("/guarded/hold"))).request());
        assertThat(catchThrowable(call::execute)).isInstanceOf(SocketTimeoutException.class);
        settled("failed");
        Thread told = on.get();
        assertThat(told == null ? "nobody" : told.getName()).doesNotStartWith("resilience-");
    }

    private Response once(String path) throws IOException {
        AtomicBoolean written = new AtomicBoolean();
        RequestBody body = new RequestBody() {
            @Override
            public MediaType contentType() {
                return null;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                assertThat(written.compareAndSet(false, true))
                        .as("written once")
                        .isTrue();
                sink.writeUtf8("only once");
            }
        };
        Request request =
                new Request.Builder().url(server.uri(path).toString()).put(body).build();
        return CLIENT.newCall(request).execute();
    }

    @Override
    boolean unpacks() {
        return true;
    }

    static Call call(Outgoing outgoing) {
        Request.Builder request = new Request.Builder().url(outgoing.uri().toString());
        RequestBody body = null;
        if (outgoing.body() != null) {
            body = RequestBody.create(MediaType.parse(outgoing.header("Content-Type", "text/plain")), outgoing.body());
        } else if (HttpMethod.requiresRequestBody(outgoing.method())) {
            body = RequestBody.create(null, new byte[0]);
        }
        request.method(outgoing.method(), body);
        outgoing.headers().forEach(request::header);
        OkHttpClient client = outgoing.uri().getPath().contains("silent")
                ? CLIENT.newBuilder()
                        .readTimeout(READ_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        .build()
                : CLIENT;
        return client.newCall(request.build());
    }

    static Reply reply(Response response) throws IOException {
        try (response) {
            Reply.Builder reply = new Reply.Builder();
            for (int i = 0; i < response.headers().size(); i++) {
                reply.header(response.headers().name(i), response.headers().value(i));
            }
            reply.seen("message", response.message())
                    .seen("protocol", response.protocol())
                    .seen("handshake", response.handshake())
                    .seen("network", response.networkResponse())
                    .seen("cached", response.cacheResponse())
                    .seen("prior", response.priorResponse())
                    .seen("itself", response)
                    .seen("type", response.body().contentType())
                    .seen("length", response.body().contentLength());
            return reply.build(response.code(), response.body().bytes())
                    .from(response.request().url().uri());
        }
    }
}
