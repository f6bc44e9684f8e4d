package dev.resilience.instrument.asynchttp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.resilience.fallback.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.asynchttpclient.DefaultAsyncHttpClient;
import org.asynchttpclient.RequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FiledBodyTest {

    @TempDir
    private Path directory;

    private OutgoingRequest put(RequestBuilder request) throws IOException {
        try (DefaultAsyncHttpClient client = new DefaultAsyncHttpClient()) {
            return new OutgoingRequest(client, request.build(), true);
        }
    }

    private static RequestBuilder put() {
        return new RequestBuilder("PUT").setUrl("http://localhost/");
    }

    private static byte[] gathered(OutgoingRequest request) throws Exception {
        request.gathered().toCompletableFuture().get(30, TimeUnit.SECONDS);
        return request.body();
    }

    @Test
    void a_file_is_not_read_before_somebody_has_it_read_elsewhere() throws Exception {
        Path file = Files.writeString(directory.resolve("body"), "in a file");
        OutgoingRequest request = put(put().setBody(file.toFile()));
        assertThat(request.body()).isNull();
        assertThat(gathered(request)).asString(UTF_8).isEqualTo("in a file");
    }

    @Test
    void a_file_longer_than_is_kept_is_not_told() throws Exception {
        Path file = Files.write(directory.resolve("long"), new byte[Request.Http.MAX_BODY + 1]);
        assertThat(gathered(put(put().setBody(file.toFile())))).isNull();
    }

    @Test
    void what_looks_like_a_file_and_never_ends_is_not_read() throws Exception {
        Path pipe = directory.resolve("pipe");
        try {
            assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        } catch (IOException elsewhere) {
            assumeTrue(false, "no pipes here");
        }
        OutgoingRequest request = put(put().setBody(pipe.toFile()));
        assertThat(gathered(request)).isNull();
        assertThat(request.body()).isNull();
    }

    @Test
    void what_the_client_prefers_to_a_file_is_told_at_once() throws Exception {
        OutgoingRequest request =
                put(put().setBody(directory.resolve("none").toFile()).addFormParam("a", "1"));
        assertThat(gathered(request)).asString(UTF_8).isEqualTo("a=1");
        assertThat(request.body()).asString(UTF_8).isEqualTo("a=1");
    }
}
