package dev.resilience.matrix;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.http.HttpMethod;

class OkHttpExecuteTest extends HttpClientConformance {

    static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(POOLED, 1, TimeUnit.MINUTES))
            .build();

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return reply(call(request).execute());
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
            return reply.build(response.code(), response.body().bytes());
        }
    }
}
