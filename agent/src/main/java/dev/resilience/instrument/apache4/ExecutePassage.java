package dev.resilience.instrument.apache4;

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
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import org.apache.http.HttpEntity;
import org.apache.http.HttpEntityEnclosingRequest;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.HttpVersion;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpRequestBase;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.entity.ByteArrayEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.execchain.RequestAbortedException;
import org.apache.http.message.BasicHttpResponse;
import org.apache.http.protocol.HttpContext;
import org.apache.http.util.EntityUtils;
import org.jspecify.annotations.Nullable;

/** A call of {@code doExecute}. */
final class ExecutePassage extends BlockingPassage<CloseableHttpResponse> {

    /** Bytes that are worth reading to save a connection. */
    private static final long WORTH_READING = 64 * 1024;

    private final CloseableHttpClient client;
    private final @Nullable HttpHost target;
    private final HttpRequest request;
    private final @Nullable HttpContext context;
    private final @Nullable OneTimeEntity body;
    private List<String> added = List.of();

    ExecutePassage(
            HttpCall call,
            CloseableHttpClient client,
            @Nullable HttpHost target,
            HttpRequest request,
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
        HttpEntity entity = request instanceof HttpEntityEnclosingRequest enclosing ? enclosing.getEntity() : null;
        return entity == null || entity.isRepeatable();
    }

    @Override
    protected CloseableHttpResponse again() throws IOException {
        return client.execute(target, request, context);
    }

    @Override
    protected void abort() {
        if (request instanceof HttpUriRequest abortable) {
            abortable.abort();
        }
    }

    @Override
    protected Throwable timedOut(String message, Throwable aborted) {
        if (request instanceof HttpRequestBase reusable) {
            // Applications use one request object for many calls.
            reusable.reset();
        }
        SocketTimeoutException timeout = new SocketTimeoutException(message);
        timeout.initCause(aborted);
        return timeout;
    }

    @Override
    protected boolean givenUp(Throwable failure) {
        if (failure instanceof RequestAbortedException
                || (request instanceof HttpUriRequest abortable && abortable.isAborted())) {
            return true;
        }
        return failure instanceof InterruptedIOException
                && !(failure instanceof SocketTimeoutException)
                && !(failure instanceof ConnectTimeoutException)
                && Thread.currentThread().isInterrupted();
    }

    /** On the application's own request and for this call only: the client knows no other to heed its cancellation. */
    @Override
    protected void sendAlong(List<Answer.Header> headers) {
        added = AddedHeaders.add(headers, request::containsHeader, request::setHeader);
    }

    @Override
    protected void made() {
        if (body != null && request instanceof HttpEntityEnclosingRequest enclosing) {
            enclosing.setEntity(body);
        }
    }

    @Override
    protected void done() {
        added.forEach(request::removeHeaders);
        if (body != null && request instanceof HttpEntityEnclosingRequest enclosing && enclosing.getEntity() == body) {
            enclosing.setEntity(body.left());
        }
    }

    @Override
    protected HttpResponseView head(CloseableHttpResponse response) {
        return new ResponseHead(
                response.getStatusLine().getStatusCode(), () -> OutgoingRequest.headers(response.getAllHeaders()));
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
        Redirects.tell(context, answer.address());
        Response response = new Response(answer.status());
        ByteArrayEntity entity = new ByteArrayEntity(answer.body());
        for (Answer.Header header : answer.headers()) {
            response.addHeader(header.name(), header.value());
        }
        entity.setContentType(response.getFirstHeader("Content-Type"));
        entity.setContentEncoding(response.getFirstHeader("Content-Encoding"));
        boolean bare =
                request.getRequestLine().getMethod().equals("HEAD") || answer.status() == 204 || answer.status() == 304;
        if (!bare) {
            response.setEntity(entity);
        }
        return response;
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

    /** An answer that holds no connection. */
    private static final class Response extends BasicHttpResponse implements CloseableHttpResponse {

        Response(int status) {
            super(HttpVersion.HTTP_1_1, status, Reason.of(status));
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
