package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallViewTest {

    @Test
    void secrets_are_not_shown_wherever_they_are() {
        CallView view = CallView.of(call(new QueuedCall.Http(
                "POST",
                URI.create("https://ann:s3cret@api.cal.com/v1/bookings?token=s3cret&day=1"),
                FakeHttp.headers("Authorization: s3cret", "X-Api-Key: s3cret", "Content-Type: a/b", "X-A: 1", "X-A: 2"),
                "{\"name\":\"Ann\",\"password\" : \"s3cret\\\"s3cret\",\"cardNumber\":12345,\"n\":{\"api_key\":null}}"
                        .getBytes(UTF_8))));
        assertThat(view.what())
                .isEqualTo("POST https://REDACTED:REDACTED@api.cal.com/v1/bookings?token=REDACTED&day=1");
        assertThat(view.headers())
                .containsEntry("Authorization", "***")
                .containsEntry("X-Api-Key", "***")
                .containsEntry("Content-Type", "a/b")
                .containsEntry("X-A", "1, 2");
        assertThat(view.body())
                .isEqualTo(
                        "{\"name\":\"Ann\",\"password\" : \"***\",\"cardNumber\":\"***\",\"n\":{\"api_key\":\"***\"}}");
        assertThat(view.toString()).doesNotContain("s3cret");
    }

    @Test
    void a_form_hides_its_secret_parameters_and_a_long_body_is_cut() {
        CallView form = CallView.of(call(new QueuedCall.Http(
                "POST", URI.create("https://h/"), List.of(), "user=ann&password=s3cret&x=1".getBytes(UTF_8))));
        assertThat(form.body()).isEqualTo("user=ann&password=***&x=1");
        CallView large = CallView.of(call(new QueuedCall.Http(
                "POST",
                URI.create("https://h/"),
                List.of(),
                "\"key".repeat(50_000).getBytes(UTF_8))));
        assertThat(large.body()).hasSizeLessThan(5_000);
        assertThat(large.bodyBytes()).isEqualTo(200_000);
        CallView binary = CallView.of(
                call(new QueuedCall.Http("POST", URI.create("https://h/"), List.of(), new byte[] {(byte) 0xFF, 0})));
        assertThat(binary.body()).isNull();
    }

    @Test
    void a_statement_is_shown_without_values() {
        CallView view = CallView.of(call(new QueuedCall.Jdbc(
                "jdbc:postgresql://ann:pw@db/a",
                "ann",
                null,
                "insert into t values ('s3cret', ?)",
                List.of("s3cret"))));
        assertThat(view.what()).isEqualTo("insert into t values (?, ?)");
        assertThat(view.toString()).doesNotContain("s3cret").doesNotContain("pw");
    }

    private static QueuedCall call(QueuedCall.Call call) {
        return new QueuedCall(
                "calcom.1-x",
                "calcom",
                "b",
                call,
                new QueuedCall.Terms(3, 1, 2),
                null,
                1,
                2,
                "key",
                null,
                null,
                0,
                List.of());
    }
}
