package dev.resilience.instrument.apache5;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.AddedHeaders;
import dev.resilience.instrument.http.BlockingPassage;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.Reason;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Method;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** A call of {@code doExecute}. */
final class ExecutePassage extends BlockingPassage<CloseableHttpResponse> {

    /** Bytes that are worth reading to save a connection. */
    private static final long WORTH_READING = 64 * 1024;

    private final CloseableHttpClient client;
    private final @Nullable HttpHost target;
    private final ClassicHttpRequest request;
    private final @Nullable HttpContext context;
    private final @Nullable OneTimeEntity body;
    private List<String> added = List.of();

    ExecutePassage(
            HttpCall call,
            CloseableHttpClient client,
            @Nullable HttpHost target,
            ClassicHttpRequest request,
            @Nullable HttpContext context,
            @Nullable OneTimeEntity body) {
        super(call);
        this.client = client;
        this.target = target;
        this.request = request;
        this.context = context;
        this.body = body;
    }

    @Override
    protected boolean repeatable() {
        HttpEntity entity = request.getEntity();
        return entity == null || entity.isRepeatable();
    }

    @Override
    protected CloseableHttpResponse again() throws IOException {
        return client.execute(target, request, context);
    }

    @Override
    protected void abort() {
        if (request instanceof CancellableDependency abortable) {
            abortable.cancel();
        }
    }

    @Override
    protected Throwable timedOut(String message, Throwable aborted) {
        if (request instanceof HttpUriRequestBase reusable) {
            // Applications use one request object for many calls.
            reusable.reset();
        }
        SocketTimeoutException timeout = new SocketTimeoutException(message);
        timeout.initCause(aborted);
        return timeout;
    }

    @Override
    protected boolean givenUp(Throwable failure) {
        if (failure instanceof RequestFailedException
                || (request instanceof CancellableDependency abortable && abortable.isCancelled())) {
            return true;
        }
        return failure instanceof InterruptedIOException
                && !(failure instanceof SocketTimeoutException)
                && Thread.currentThread().isInterrupted();
    }

    /** On the application's own request and for this call only: the client knows no other to heed its cancellation. */
    @Override
    protected void sendAlong(List<Answer.Header> headers) {
        added = AddedHeaders.add(headers, request::containsHeader, request::setHeader);
    }

    @Override
    protected void made() {
        if (body != null) {
            request.setEntity(body);
        }
    }

    @Override
    protected void done() {
        added.forEach(request::removeHeaders);
        if (body != null && request.getEntity() == body) {
            request.setEntity(body.left());
        }
    }

    @Override
    protected HttpResponseView head(CloseableHttpResponse response) {
        return new ResponseHead(response.getCode(), () -> headers(response));
    }

    /** Newer clients unpack a body and leave the headers as they were: what is told is the body as it will be read. */
    private static List<Answer.Header> headers(CloseableHttpResponse response) {
        List<Answer.Header> headers = OutgoingRequest.headers(response.getHeaders());
        HttpEntity entity = response.getEntity();
        if (entity != null && entity.getContentEncoding() == null && response.containsHeader("Content-Encoding")) {
            headers.removeIf(header -> header.name().equalsIgnoreCase("Content-Encoding")
                    || header.name().equalsIgnoreCase("Content-Length")
                    || header.name().equalsIgnoreCase("Content-MD5"));
        }
        return headers;
    }

    @Override
    protected @Nullable URI ledTo(CloseableHttpResponse response) {
        return Redirects.last(context);
    }

    @Override
    protected CloseableHttpResponse watched(CloseableHttpResponse response, Body body) {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            body.complete();
        } else {
            response.setEntity(new WatchedEntity(entity, body));
        }
        return response;
    }

    @Override
    protected CloseableHttpResponse respond(Answer.Http answer) {
        quietly(() -> Redirects.tell(context, answer.address()));
        BasicClassicHttpResponse response = new BasicClassicHttpResponse(answer.status(), Reason.of(answer.status()));
        response.setVersion(HttpVersion.HTTP_1_1);
        for (Answer.Header header : answer.headers()) {
            response.addHeader(header.name(), header.value());
        }
        boolean bare = request.getMethod().equals("HEAD") || answer.status() == 204 || answer.status() == 304;
        if (!bare) {
            response.setEntity(new ByteArrayEntity(
                    answer.body(),
                    ContentType.parseLenient(value(response, "Content-Type")),
                    value(response, "Content-Encoding")));
        }
        return Adapting.adapt(response);
    }

    private static @Nullable String value(ClassicHttpResponse response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    @Override
    protected void discard(CloseableHttpResponse response) {
        quietly(() -> {
            HttpEntity entity = response.getEntity();
            if (entity != null && entity.getContentLength() >= 0 && entity.getContentLength() <= WORTH_READING) {
                EntityUtils.consumeQuietly(entity);
            }
            response.close();
        });
    }

    /** The client's response cannot be made by others than the client. */
    private static final class Adapting {

        private static final Method ADAPT = find();

        static CloseableHttpResponse adapt(ClassicHttpResponse response) {
            try {
                return (CloseableHttpResponse) ADAPT.invoke(null, response);
            } catch (ReflectiveOperationException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        private static Method find() {
            try {
                Method adapt = CloseableHttpResponse.class.getDeclaredMethod("adapt", ClassicHttpResponse.class);
                adapt.setAccessible(true);
                return adapt;
            } catch (NoSuchMethodException unknown) {
                throw new IllegalStateException(unknown);
            }
        }
    }
}
