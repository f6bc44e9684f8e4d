package dev.resilience.matrix;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

class JavaHttpSendTest extends HttpClientConformance {

    static final HttpClient CLIENT =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return reply(CLIENT.send(request(request), BodyHandlers.ofByteArray()));
    }

    @Override
    boolean settlesAfterTheBody() {
        return true;
    }

    static HttpRequest request(Outgoing outgoing) {
        HttpRequest.Builder request = HttpRequest.newBuilder(outgoing.uri())
                .timeout(READ_TIMEOUT.multipliedBy(outgoing.uri().getPath().contains("silent") ? 1 : 40))
                .method(
                        outgoing.method(),
                        outgoing.body() == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(outgoing.body()));
        outgoing.headers().forEach(request::header);
        return request.build();
    }

    static Reply reply(HttpResponse<byte[]> response) {
        Reply.Builder reply = new Reply.Builder();
        response.headers().map().forEach((name, values) -> values.forEach(value -> reply.header(name, value)));
        return reply.build(response.statusCode(), response.body());
    }
}
