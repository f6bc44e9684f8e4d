package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What this version keeps in Redis and on disk is, byte for byte, what the first one kept: instances of two versions share
 * one queue and one cache. A file beside this test is never changed; a format that says more gets a file of its own.
 */
class StoredFormatsTest {

    @Test
    void a_queued_call_is_written_and_read_as_ever() {
        Golden.check("queued-http.hex", http(null).toBytes());
        assertThat(QueuedCall.read(Golden.bytes("queued-http.hex")))
                .usingRecursiveComparison()
                .isEqualTo(http(null));
    }

    @Test
    void a_call_for_review_is_written_and_read_as_ever() {
        QueuedCall review = http("line")
                .attempted(1_700_000_001_000L, "booking-1", "status 503")
                .flagged(1_700_000_002_000L, "booking-1", "no success in 1 attempts, last: status 503");
        Golden.check("review-http.hex", review.toBytes());
        assertThat(QueuedCall.read(Golden.bytes("review-http.hex")))
                .usingRecursiveComparison()
                .isEqualTo(review);
    }

    @Test
    void a_queued_statement_is_written_and_read_as_ever() {
        QueuedCall call = new QueuedCall(
                "database.abc-000x",
                "database",
                "orders",
                new QueuedCall.Jdbc(
                        "jdbc:postgresql://db/booking",
                        "app",
                        null,
                        "insert into orders values (?, ?, ?, ?)",
                        Arrays.asList(7L, "Grüße", null, new BigDecimal("12.50"))),
                new QueuedCall.Terms(8, 1_000, 300_000),
                "orders",
                1_700_000_000_000L,
                1_700_086_400_000L,
                "4d5e",
                null,
                null,
                0,
                List.of());
        Golden.check("queued-jdbc.hex", call.toBytes());
        assertThat(QueuedCall.read(Golden.bytes("queued-jdbc.hex"))).isEqualTo(call);
    }

    @Test
    void a_stored_response_is_written_and_read_as_ever() {
        ByteWriter response = new ByteWriter(64);
        StoredHttp.writeHead(response, 200, 3, 60, List.of(new Answer.Header("Content-Type", "text/plain")));
        response.raw("free: 9:00".getBytes(StandardCharsets.UTF_8), 0, 10);
        Golden.check("answer-http.hex", response.toBytes());
        StoredHttp read = StoredHttp.read(Golden.bytes("answer-http.hex"));
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.initialAge()).isEqualTo(3);
        assertThat(read.freshness()).isEqualTo(60);
        assertThat(read.headers()).containsExactly(new Answer.Header("Content-Type", "text/plain"));
        assertThat(read.body()).asString(StandardCharsets.UTF_8).isEqualTo("free: 9:00");
        Golden.check("answer-vary.hex", StoredHttp.vary(List.of("x-region", "x-tenant")));
        assertThat(StoredHttp.readVary(Golden.bytes("answer-vary.hex"))).containsExactly("x-region", "x-tenant");
    }

    /** Of the first version too, which hands the address on as one more header. */
    @Test
    void a_stored_response_that_another_address_gave_is_written_and_read_as_ever() {
        URI last = URI.create("https://eu.cal.com/v1/a");
        ByteWriter response = new ByteWriter(64);
        StoredHttp.writeHead(
                response, 200, 3, 60, StoredHttp.from(last, List.of(new Answer.Header("Content-Type", "text/plain"))));
        Golden.check("answer-http-led.hex", response.toBytes());
        StoredHttp read = StoredHttp.read(Golden.bytes("answer-http-led.hex"));
        assertThat(read.address()).isEqualTo(last);
        assertThat(read.headers()).containsExactly(new Answer.Header("Content-Type", "text/plain"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://ann:s3cret@eu.cal.com/v1/a", "https://ann@eu.cal.com/", "http://ann:s3cret@my_host/"})
    void no_credentials_are_stored_with_an_address(String address) {
        List<Answer.Header> headers = List.of(new Answer.Header("Content-Type", "text/plain"));
        assertThat(StoredHttp.from(URI.create(address), headers)).isEqualTo(headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "ftp://x/", "https:", "https://a b/"})
    void an_address_that_is_none_is_left_out(String address) {
        ByteWriter response = new ByteWriter(64);
        StoredHttp.writeHead(response, 200, 3, 60, List.of(new Answer.Header("X-Resilience-Address", address)));
        StoredHttp read = StoredHttp.read(response.toBytes());
        assertThat(read.address()).isNull();
        assertThat(read.headers()).isEmpty();
    }

    @Test
    void stored_rows_are_written_and_read_as_ever() {
        ByteWriter rows = new ByteWriter(64);
        StoredRows.begin(rows, 2);
        StoredRows.writeRow(rows, new @Nullable Object[] {1, "Ann"});
        StoredRows.writeRow(rows, new @Nullable Object[] {2, null});
        Answer.Column id = new Answer.Column("id", "id", 4, "int4", "java.lang.Integer", 10, 0, 0, "staff", "public")
                .with(new Answer.Traits("booking", 11, Answer.Traits.SIGNED | Answer.Traits.LOCATOR));
        StoredRows.end(
                rows,
                List.of(
                        id,
                        new Answer.Column(
                                "name", "name", 12, "text", "java.lang.String", 100, 0, 1, "staff", "public")));
        Golden.check("answer-rows-2.hex", rows.toBytes());
        assertThat(read("answer-rows-2.hex").columns().get(0)).isEqualTo(id);
    }

    /** The first version said less of a column: what it left out is assumed. */
    @Test
    void stored_rows_of_the_first_version_are_read_too() {
        Answer.Column id = read("answer-rows.hex").columns().get(0);
        assertThat(id)
                .isEqualTo(new Answer.Column("id", "id", 4, "int4", "java.lang.Integer", 10, 0, 0, "staff", "public"));
        assertThat(id.traits().has(Answer.Traits.SIGNED)).isTrue();
    }

    private static Answer.Rows read(String name) {
        Answer.Rows read = StoredRows.read(Golden.bytes(name));
        assertThat(read.values().get(0)).containsExactly(1, "Ann");
        assertThat(read.values().get(1)).containsExactly(2, null);
        assertThat(read.columns().get(1).typeName()).isEqualTo("text");
        return read;
    }

    @Test
    void what_a_later_version_says_behind_a_call_is_kept_and_its_other_formats_are_left_alone() {
        byte[] known = Golden.bytes("queued-http.hex");
        byte[] more = Arrays.copyOf(known, known.length + 3);
        more[known.length] = 0;
        more[known.length + 1] = 42;
        more[known.length + 2] = (byte) 0x80;
        QueuedCall read = QueuedCall.read(more);
        assertThat(read).isNotNull();
        assertThat(read.attempted(1, "i", "x").toBytes()).endsWith(0, 42, 0x80);
        for (String name : List.of("queued-http.hex", "review-http.hex", "queued-jdbc.hex")) {
            assertThat(QueuedCall.read(later(name))).as(name).isNull();
        }
        assertThatThrownBy(() -> StoredHttp.read(later("answer-http.hex"))).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> StoredRows.read(later("answer-rows-2.hex"))).isInstanceOf(RuntimeException.class);
    }

    private static byte[] later(String name) {
        byte[] bytes = Golden.bytes(name);
        bytes[1]++;
        return bytes;
    }

    private static QueuedCall http(@Nullable String order) {
        return new QueuedCall(
                "calcom.abc-000x",
                "calcom",
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://api.cal.com/v1/bookings?day=1"),
                        List.of(
                                new Answer.Header("Content-Type", "application/json"),
                                new Answer.Header("Accept", "*/*")),
                        "{\"name\":\"Grüße\"}".getBytes(StandardCharsets.UTF_8)),
                new QueuedCall.Terms(8, 1_000, 300_000),
                order,
                1_700_000_000_000L,
                1_700_086_400_000L,
                "4d5e",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                null,
                0,
                List.of());
    }
}
