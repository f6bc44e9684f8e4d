package dev.resilience.instrument.javahttp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.Request;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestBodyTest {

    @Test
    void bodies_in_memory_are_told_as_often_as_asked() {
        var text = BodyPublishers.ofString("grüße");
        assertThat(RequestBody.of(text)).isEqualTo("grüße".getBytes(StandardCharsets.UTF_8));
        assertThat(RequestBody.of(text)).isEqualTo("grüße".getBytes(StandardCharsets.UTF_8));
        byte[] large = new byte[300_000];
        large[299_999] = 7;
        assertThat(RequestBody.of(BodyPublishers.ofByteArray(large))).isEqualTo(large);
    }

    @Test
    void no_body_is_an_empty_one() {
        assertThat(RequestBody.of(null)).isEmpty();
        assertThat(RequestBody.of(BodyPublishers.noBody())).isEmpty();
        assertThat(RequestBody.of(BodyPublishers.ofString(""))).isEmpty();
    }

    @Test
    void what_may_be_read_once_only_is_left_alone(@TempDir Path directory) throws Exception {
        assertThat(RequestBody.of(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[] {1}))))
                .isNull();
        Path file = Files.write(directory.resolve("body"), new byte[] {1});
        assertThat(RequestBody.of(BodyPublishers.ofFile(file))).isNull();
        assertThat(RequestBody.of(BodyPublishers.fromPublisher(BodyPublishers.ofString("x"))))
                .isNull();
    }

    @Test
    void a_body_over_the_limit_is_not_told() {
        assertThat(RequestBody.of(BodyPublishers.ofByteArray(new byte[Request.Http.MAX_BODY + 1])))
                .isNull();
    }
}
