package dev.resilience.instrument.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.http.client.HttpClient;

/** Addresses as Reactor Netty reads them. */
class TargetTest {

    @ParameterizedTest
    @CsvSource({
        "http://a.example/v1/x?y=1#z, http, a.example, -1, /v1/x, ?y=1",
        "https://A.example:8443, https, A.example, 8443, /, ''",
        "http://127.0.0.1:80?q=a/b, http, 127.0.0.1, 80, /, ?q=a/b",
        "HTTP://a.example/x, http, a.example, -1, /x, ''",
        "a.example:8080/x, http, a.example, 8080, /x, ''",
        "http://[::1]:8080/x, http, [::1], 8080, /x, ''",
        "http://under_score.example/x, http, under_score.example, -1, /x, ''",
        "http://user@a.example/x, http, user@a.example, -1, /x, ''",
        "ws://a.example/x, ws, a.example, -1, /x, ''",
        "db, http, db, -1, /, ''",
    })
    void an_address_is_read_as_the_client_reads_it(
            String uri, String scheme, String host, int port, String path, String query) {
        assertThat(of(uri)).isEqualTo(new Target("GET", scheme, host, port, path, query));
    }

    @Test
    void an_address_without_a_host_is_none() {
        assertThat(of("")).isNull();
    }

    private static Target of(String uri) {
        return Target.of(((HttpClient) HttpClient.create().get().uri(uri)).configuration());
    }
}
