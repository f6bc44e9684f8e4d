package dev.resilience.instrument.okhttp;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.BlockingPassage;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.Reason;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** A call on its way through the interceptor. */
final class InterceptPassage extends BlockingPassage<Response> {

    /** What OkHttp says of a call that was cancelled, whoever did it. */
    private static final String CANCELED = "Canceled";

    /** How much earlier than this passage a call may have begun. */
    private static final long EARLIER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final HttpCall call;
    private final Interceptor interceptor;
    private final Interceptor.Chain chain;
    private final @Nullable OneTimeRequestBody oneTime;
    private final long beganNanos = System.nanoTime();
    private long deadlineMillis;

    /** @param oneTime its body, to be sent in the request's own's place; null where that is told without */
    InterceptPassage(
            HttpCall call, Interceptor interceptor, Interceptor.Chain chain, @Nullable OneTimeRequestBody oneTime) {
        super(call);
        this.oneTime = oneTime;
        this.call = call;
        this.interceptor = interceptor;
        this.chain = chain;
    }

    @Override
    protected boolean repeatable() {
        RequestBody body = chain.request().body();
        return body == null || !(body.isOneShot() || body.isDuplex());
    }

    @Override
    protected Response again() throws IOException {
        long left = deadlineMillis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
        return interceptor.intercept(deadlineMillis == 0 ? chain : limited(Math.max(left, 1)));
    }

    @Override
    protected void limit(long millis) {
        deadlineMillis = millis;
        arguments = new Object[] {limited(millis)};
    }

    private Interceptor.Chain limited(long millis) {
        int most = (int) Math.min(millis, Integer.MAX_VALUE);
        return chain.withConnectTimeout(shorter(chain.connectTimeoutMillis(), most), TimeUnit.MILLISECONDS)
                .withReadTimeout(shorter(chain.readTimeoutMillis(), most), TimeUnit.MILLISECONDS)
                .withWriteTimeout(shorter(chain.writeTimeoutMillis(), most), TimeUnit.MILLISECONDS);
    }

    private static int shorter(int own, int most) {
        return own == 0 ? most : Math.min(own, most);
    }

    /** Nothing can take the place of a call that is cancelled as a whole; its time-outs must do where something is to. */
    @Override
    protected void abort() {
        if (!answerable()) {
            chain.call().cancel();
        }
    }

    @Override
    protected Throwable timedOut(String message, Throwable aborted) {
        SocketTimeoutException timeout = new SocketTimeoutException(message);
        timeout.initCause(aborted);
        return timeout;
    }

    @Override
    protected boolean givenUp(Throwable failure) {
        if (failure instanceof InterruptedIOException) {
            return !(failure instanceof SocketTimeoutException)
                    && Thread.currentThread().isInterrupted();
        }
        return CANCELED.equals(failure.getMessage()) && !callTimedOut();
    }

    @Override
    protected boolean givenUpReading(Throwable failure) {
        return givenUp(failure) || (chain.call().isCanceled() && !callTimedOut());
    }

    /** Whether it was the client's time limit for whole calls that cancelled this one. */
    private boolean callTimedOut() {
        long limit = chain.call().timeout().timeoutNanos();
        return limit > 0 && System.nanoTime() - beganNanos + EARLIER_NANOS >= limit;
    }

    @Override
    protected void made() {
        if (call.tellsAttempts()) {
            NetworkRequest.of(call);
        }
        if (oneTime != null) {
            SentAlong.open(chain.call(), oneTime);
        }
    }

    @Override
    protected void sendAlong(List<Answer.Header> headers) {
        SentAlong.open(chain.call(), headers);
    }

    @Override
    protected void done() {
        SentAlong.close();
        NetworkRequest.over();
    }

    @Override
    protected HttpResponseView head(Response response) {
        return new ResponseHead(response.code(), () -> headers(response.headers()));
    }

    @Override
    protected @Nullable URI ledTo(Response response) {
        HttpUrl last = response.request().url();
        return last.equals(chain.request().url()) ? null : OutgoingRequest.uri(last);
    }

    static List<Answer.Header> headers(Headers headers) {
        List<Answer.Header> all = new ArrayList<>(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            all.add(new Answer.Header(headers.name(i), headers.value(i)));
        }
        return all;
    }

    @Override
    protected Response watched(Response response, Body watch) {
        ResponseBody body = response.body();
        long length = body == null || chain.request().method().equals("HEAD") ? 0 : body.contentLength();
        if (body == null || length == 0) {
            watch.complete();
            return response;
        }
        BodySource source = new BodySource(body.source(), watch, length);
        return response.newBuilder()
                .body(ResponseBody.create(body.contentType(), body.contentLength(), Okio.buffer(source)))
                .build();
    }

    @Override
    protected Response respond(Answer.Http answer) {
        Request request = chain.request();
        Headers.Builder headers = new Headers.Builder();
        String type = null;
        for (Answer.Header header : answer.headers()) {
            headers.addUnsafeNonAscii(header.name(), header.value());
            if (header.name().equalsIgnoreCase("Content-Type")) {
                type = header.value();
            }
        }
        byte[] body = request.method().equals("HEAD") ? new byte[0] : answer.body();
        long now = System.currentTimeMillis();
        return new Response.Builder()
                .request(
                        answer.address() == null
                                ? request
                                : request.newBuilder()
                                        .url(answer.address().toString())
                                        .build())
                .protocol(Protocol.HTTP_1_1)
                .code(answer.status())
                .message(Reason.of(answer.status()))
                .headers(headers.build())
                .body(ResponseBody.create(type == null ? null : MediaType.parse(type), body))
                .sentRequestAtMillis(now)
                .receivedResponseAtMillis(now)
                .build();
    }

    @Override
    protected void discard(Response response) {
        ResponseBody body = response.body();
        if (body != null) {
            quietly(body::close);
        }
    }
}
