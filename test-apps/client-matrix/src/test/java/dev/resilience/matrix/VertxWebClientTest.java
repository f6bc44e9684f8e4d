package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientSession;
import io.vertx.ext.web.multipart.MultipartForm;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A client whose calls cannot be given up. */
class VertxWebClientTest extends HttpClientConformance {

    private final WebClient client = WebClient.wrap(VertxClients.client());
    private final WebClient user = WebClientSession.create(client);

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        return exchange(client, outgoing);
    }

    @Override
    Reply asUser(Outgoing outgoing) throws Exception {
        return exchange(user, outgoing);
    }

    @Override
    boolean answersChallenges() {
        return false;
    }

    private static Reply exchange(WebClient client, Outgoing outgoing) throws Exception {
        HttpRequest<Buffer> request = client.requestAbs(
                        HttpMethod.valueOf(outgoing.method()), outgoing.uri().toString())
                .timeout(outgoing.uri().getPath().contains("silent") ? READ_TIMEOUT.toMillis() : 25_000);
        outgoing.headers().forEach(request::putHeader);
        Future<HttpResponse<Buffer>> sent =
                outgoing.body() == null ? request.send() : request.sendBuffer(Buffer.buffer(outgoing.body()));
        CompletableFuture<HttpResponse<Buffer>> future = VertxClients.future(sent);
        HttpResponse<Buffer> response = future.get(30, TimeUnit.SECONDS);
        byte[] body = response.body() == null ? new byte[0] : response.body().getBytes();
        return VertxClients.reply(response.statusCode(), null, response.headers(), body);
    }

    @Override
    boolean timesOutReading() {
        return false;
    }

    @Override
    boolean waits() {
        return false;
    }

    @Test
    void json_forms_and_parts_are_told_to_what_takes_the_call_in_charge() throws Exception {
        guard.instead = Answers.STALE;
        MultipartForm parts = MultipartForm.create()
                .attribute("one", "first part")
                .binaryFileUpload("two", "two.bin", Buffer.buffer("second part"), "application/octet-stream");
        MultiMap form = MultiMap.caseInsensitiveMultiMap().add("a", "1 2");
        for (URI to : List.of(
                server.uri("/guarded/status/503"), TestServer.refused("/guarded/x"), server.uri("/guarded/echo"))) {
            if (to.getPath().endsWith("echo")) {
                guard.answerAtOnce(Answers.STALE);
            }
            HttpRequest<Buffer> request = client.postAbs(to.toString());
            taken(request.sendJson(Map.of("room", 7)), to, "application/json", "{\"room\":7}");
            taken(client.postAbs(to.toString()).sendForm(form), to, "application/x-www-form-urlencoded", "a=1+2");
            taken(
                    client.postAbs(to.toString()).sendMultipartForm(parts),
                    to,
                    "multipart/form-data",
                    "first part",
                    "second part");
        }
    }

    private void taken(Future<?> sent, URI to, String type, String... content) throws Exception {
        VertxClients.future(sent).get(30, TimeUnit.SECONDS);
        ScriptedGuard.Call call = guard.onlyCall();
        assertThat(call.taken).as("%s to %s", type, to).isNotNull();
        assertThat(new String(call.taken)).contains(content);
        assertThat(call.request.header("Content-Type"))
                .singleElement()
                .asString()
                .startsWith(type);
        guard.calls.clear();
    }
}
