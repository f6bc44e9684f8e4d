package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.api.Request;
import org.eclipse.jetty.client.util.AsyncRequestContent;
import org.eclipse.jetty.client.util.BytesRequestContent;
import org.eclipse.jetty.client.util.InputStreamRequestContent;
import org.eclipse.jetty.client.util.MultiPartRequestContent;
import org.eclipse.jetty.client.util.OutputStreamRequestContent;
import org.eclipse.jetty.client.util.StringRequestContent;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** With bodies as Jetty 10 and 11 have them, which take those of 9 besides. */
class Jetty10AsyncTest extends Jetty9AsyncTest {

    @Override
    Started start(Outgoing outgoing) {
        Request request = request(client, outgoing);
        return started(outgoing.body() == null ? request : request.body(new BytesRequestContent(outgoing.body())));
    }

    @Override
    Started startOnce(URI to, Once body) {
        return started(client.newRequest(to).method("PUT").body(new InputStreamRequestContent(body.stream())));
    }

    @Override
    boolean knowsInterim() {
        return false;
    }

    @Test
    void who_writes_a_content_meanwhile_is_not_left_waiting_by_a_call_that_is_not_made() throws Exception {
        guard.reject();
        OutputStreamRequestContent refused = new OutputStreamRequestContent();
        Started call = started(put().body(refused));
        assertThat(catchThrowable(() -> write(refused, 100_000))).isInstanceOf(IOException.class);
        isRejection(catchThrowable(() -> call.reply().get(20, TimeUnit.SECONDS)));
        guard.answerAtOnce(Answers.STALE);
        for (int length : new int[] {100_000, 3_000_000}) {
            guard.calls.clear();
            OutputStreamRequestContent written = new OutputStreamRequestContent();
            Started answered = started(put().body(written));
            write(written, length);
            isStale(answered.reply().get(20, TimeUnit.SECONDS));
            assertThat(guard.onlyCall().taken == null).isEqualTo(length > 1 << 20);
        }
    }

    private Request put() {
        return client.newRequest(server.uri("/guarded/echo")).method("PUT");
    }

    private static void write(OutputStreamRequestContent content, int length) throws IOException {
        try (OutputStream out = content.getOutputStream()) {
            byte[] piece = new byte[10_000];
            for (int written = 0; written < length; written += piece.length) {
                out.write(piece);
            }
        }
    }

    @Test
    void a_content_is_told_as_it_would_be_sent() throws Exception {
        guard.answerAtOnce(Answers.STALE);
        MultiPartRequestContent parts = new MultiPartRequestContent("mark");
        parts.addFieldPart("p", new StringRequestContent("in it"), null);
        parts.close();
        AsyncRequestContent offered = new AsyncRequestContent(ByteBuffer.wrap(new byte[] {'o', 'n'}));
        offered.offer(ByteBuffer.wrap(new byte[] {'e'}), Callback.NOOP);
        offered.close();
        assertThat(told(new StringRequestContent("application/json", "{}", StandardCharsets.UTF_8)))
                .isEqualTo("{}");
        assertThat(told(offered)).isEqualTo("one");
        assertThat(told(parts)).startsWith("--mark").contains("in it").endsWith("--mark--\r\n");
        assertThat(guard.onlyCall().request.header("Content-Type"))
                .singleElement()
                .asString()
                .startsWith("multipart/form-data");
    }

    private String told(Request.Content content) throws Exception {
        guard.calls.clear();
        isStale(started(put().body(content)).reply().get(20, TimeUnit.SECONDS));
        return new String(guard.onlyCall().taken, StandardCharsets.UTF_8);
    }
}
