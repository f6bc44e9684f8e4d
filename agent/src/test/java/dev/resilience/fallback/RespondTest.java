package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.Fallback;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RespondTest {

    private static final String URL = "https://api.retellai.com/v2/recommend";

    @Test
    void without_a_body_it_says_in_json_what_people_should_know() {
        Answer.Http answer = http(new Fallback.Respond(503, Map.of(), null, null), 59_001);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(new String(answer.body(), UTF_8))
                .isEqualTo("{\"error\":\"Service temporarily unavailable\",\"message\":\"Back \\\"soon\\\"\\n\"}");
        assertThat(answer.headers())
                .containsExactlyInAnyOrderElementsOf(FakeHttp.headers(
                        "Content-Type: application/json",
                        "Content-Length: " + answer.body().length,
                        "X-Resilience-Fallback: respond",
                        "X-Resilience-Service: retell",
                        "Retry-After: 60"));
    }

    @Test
    void what_is_declared_is_answered() {
        Answer.Http answer = http(
                new Fallback.Respond(
                        200,
                        Map.of("content-type", "application/vnd.x+json", "Retry-After", "7"),
                        "{\"items\":[]}",
                        null),
                59_001);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8)).isEqualTo("{\"items\":[]}");
        assertThat(answer.headers())
                .contains(
                        new Answer.Header("content-type", "application/vnd.x+json"),
                        new Answer.Header("Retry-After", "7"))
                .doesNotContain(new Answer.Header("Retry-After", "60"))
                .filteredOn(header -> header.name().equalsIgnoreCase("content-type"))
                .hasSize(1);
    }

    @Test
    void a_text_is_called_a_text() {
        assertThat(http(new Fallback.Respond(200, Map.of(), "later", null), 0).headers())
                .contains(new Answer.Header("Content-Type", "text/plain; charset=utf-8"))
                .noneMatch(header -> header.name().equals("Retry-After"));
    }

    @Test
    void some_answers_have_no_body() {
        assertThat(http(new Fallback.Respond(204, Map.of(), null, null), 0).headers())
                .noneMatch(header -> header.name().equals("Content-Length"));
        assertThat(http(new Fallback.Respond(200, Map.of(), null, null), 0).body())
                .isEmpty();
        Answer.Http head = (Answer.Http)
                answer(new Fallback.Respond(200, Map.of(), "1234", null), FakeHttp.of("HEAD", URL, new byte[0]), 0);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers()).contains(new Answer.Header("Content-Length", "4"));
    }

    @Test
    void a_query_is_answered_by_declared_rows() {
        Fallback.Rows rows = new Fallback.Rows(
                List.of("id", "name", "mixed"), List.of(Arrays.asList(1, "Ann", 1), Arrays.asList(2, null, "x")));
        Answer.RowSet answer =
                (Answer.RowSet) answer(new Fallback.Respond(503, Map.of(), null, rows), FakeJdbc.query("select 1"), 0);
        assertThat(answer.strategy()).isEqualTo("respond");
        assertThat(answer.rows().columns()).extracting(Answer.Column::label).containsExactly("id", "name", "mixed");
        assertThat(answer.rows().columns())
                .extracting(Answer.Column::sqlType)
                .containsExactly(Types.INTEGER, Types.VARCHAR, Types.VARCHAR);
        assertThat(answer.rows().values()).containsExactly(new Object[] {1, "Ann", 1}, new Object[] {2, null, "x"});
    }

    @Test
    void an_update_is_not_answered_by_rows() {
        Fallback.Rows rows = new Fallback.Rows(List.of("id"), List.of());
        FakeJdbc update = new FakeJdbc("jdbc:h2:mem:a", "update t set a = 1", null, null, List.of(), false, true);
        assertThat(answer(new Fallback.Respond(503, Map.of(), null, rows), update, 0))
                .isNull();
    }

    private static Answer.Http http(Fallback.Respond declared, long retryAfterMillis) {
        return (Answer.Http) answer(declared, FakeHttp.get(URL), retryAfterMillis);
    }

    private static @Nullable Answer answer(Fallback.Respond declared, Request request, long retryAfterMillis) {
        return new Respond(declared, new Template.Setting("retell", "recommend", "Back \"soon\"\n"))
                .answer(request, new Trouble(true, retryAfterMillis, 0, null))
                .toCompletableFuture()
                .join();
    }
}
