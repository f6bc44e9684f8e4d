package dev.resilience.fallback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.StatusRange;
import java.nio.file.Path;
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
    void what_became_of_the_call_chooses_the_answer() {
        Fallback.Respond declared = new Fallback.Respond(
                new Fallback.Declared(503, Map.of(), "usual", null),
                List.of(
                        new Fallback.Case(true, false, List.of(), declared("rejected")),
                        new Fallback.Case(false, false, List.of(new StatusRange(429, 429)), declared("busy")),
                        new Fallback.Case(false, false, List.of(new StatusRange(400, 502)), declared("broken")),
                        new Fallback.Case(false, true, List.of(), declared("silent"))),
                null);
        assertThat(body(declared, new Trouble(true, 0, 0, null))).isEqualTo("rejected");
        assertThat(body(declared, new Trouble(false, 0, 429, null))).isEqualTo("busy");
        assertThat(body(declared, new Trouble(false, 0, 500, null))).isEqualTo("broken");
        assertThat(body(declared, new Trouble(false, 0, 503, null))).isEqualTo("usual");
        assertThat(body(declared, new Trouble(false, 0, 0, new java.io.IOException())))
                .isEqualTo("silent");
    }

    @Test
    void a_file_is_called_what_its_name_says() {
        assertThat(typeOf("down.JSON", "x")).isEqualTo("application/json");
        assertThat(typeOf("down.html", "{x")).isEqualTo("text/html; charset=utf-8");
        assertThat(typeOf("down", "[]")).isEqualTo("application/json");
    }

    @Test
    void a_value_cannot_break_out_of_json() {
        String attack = "%22,%22admin%22:true,%22x%22:%22%5C";
        assertThat(filled("{\"id\":\"{query.id}\"}", attack))
                .isEqualTo("{\"id\":\"\\\",\\\"admin\\\":true,\\\"x\\\":\\\"\\\\\"}");
        assertThat(filled("{\"id\":{query.id}}", "1,%22admin%22:true")).isEqualTo("{\"id\":\"1,\\\"admin\\\":true\"}");
        assertThat(filled("{\"id\":{query.id},\"quote\":\"\\\"{query.id}\"}", "-12.5"))
                .isEqualTo("{\"id\":-12.5,\"quote\":\"\\\"-12.5\"}");
        assertThat(filled("{\"id\":{query.id}}", "")).isEqualTo("{\"id\":\"\"}");
        assertThat(filled("{\"id\":{query.id}}", "01")).isEqualTo("{\"id\":\"01\"}");
    }

    @Test
    void a_value_cannot_add_an_element_to_a_page_or_a_header_to_an_answer() {
        Map<String, String> html = Map.of("Content-Type", "text/html", "X-Echo", "a{query.id}", "Content-Length", "1");
        Answer.Http answer = (Answer.Http) answer(
                new Fallback.Respond(200, html, "<p title='{query.id}'>", null),
                FakeHttp.get(URL + "?id=%3Cscript%3E'%26%0D%0ASet-Cookie:%20a=b"),
                new Trouble(true, 0, 0, null));
        assertThat(new String(answer.body(), UTF_8))
                .isEqualTo("<p title='&lt;script&gt;&#39;&amp;\r\nSet-Cookie: a=b'>");
        assertThat(answer.headers())
                .contains(new Answer.Header("X-Echo", "a<script>'&__Set-Cookie: a=b"))
                .contains(new Answer.Header("Content-Length", Integer.toString(answer.body().length)))
                .noneMatch(header -> header.name().equalsIgnoreCase("Set-Cookie"));
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
        return answer(declared, request, new Trouble(true, retryAfterMillis, 0, null));
    }

    private static Fallback.Declared declared(String body) {
        return new Fallback.Declared(200, Map.of(), body, null);
    }

    private static String body(Fallback.Respond declared, Trouble trouble) {
        return new String(((Answer.Http) answer(declared, FakeHttp.get(URL), trouble)).body(), UTF_8);
    }

    private static String filled(String body, String id) {
        Fallback.Respond respond = new Fallback.Respond(200, Map.of(), body, null);
        Trouble trouble = new Trouble(true, 0, 0, null);
        return new String(((Answer.Http) answer(respond, FakeHttp.get(URL + "?id=" + id), trouble)).body(), UTF_8);
    }

    private static String typeOf(String file, String body) {
        Fallback.Declared declared = new Fallback.Declared(200, Map.of(), body, Path.of(file));
        Answer.Http answer = http(new Fallback.Respond(declared, List.of(), null), 0);
        return Headers.values(answer.headers(), "Content-Type").get(0);
    }

    private static @Nullable Answer answer(Fallback.Respond declared, Request request, Trouble trouble) {
        return new Respond(declared, new Template.Setting("retell", "recommend", "Back \"soon\"\n"))
                .answer(request, trouble)
                .toCompletableFuture()
                .join();
    }
}
