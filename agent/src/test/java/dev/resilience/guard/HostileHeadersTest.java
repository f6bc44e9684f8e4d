package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a server says of when to come again, the time is one that a circuit can be open for. */
class HostileHeadersTest {

    private static final String[] PIECES = {
        "0",
        "1",
        "9",
        "-",
        "+",
        ".",
        ",",
        " ",
        "e",
        "\t",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "GMT",
        "99999999999",
        "\u0661",
        "\uD800",
        "\u0000"
    };

    @Provide
    static Arbitrary<String> values() {
        return Arbitraries.of(PIECES).list().ofMaxSize(6).map(pieces -> String.join("", pieces));
    }

    @Property
    void any_retry_after(
            @ForAll("values") String first,
            @ForAll("values") String second,
            @ForAll("values") String date,
            @ForAll long now) {
        long most = 367L * 24 * 60 * 60 * 1_000;

        assertThat(RetryAfter.millis(List.of(first, second), List.of(date), now))
                .isBetween(-1L, most);
        assertThat(RetryAfter.millis(List.of(first), List.of(), now)).isBetween(-1L, most);
        assertThat(RetryAfter.millis(List.of(), List.of(date), now)).isEqualTo(-1);
    }

    /** Found by Jazzer: a year of nine digits is a date to the JDK, and too far away for a number of milliseconds. */
    @Example
    void a_date_beyond_all_milliseconds_is_as_far_as_can_be_asked_for() {
        String far = "Fri, 31 Dec 999910888 23:59:59 GMT";
        String past = "Fri, 31 Dec -99991088 23:59:59 GMT";

        assertThat(RetryAfter.millis(List.of(far), List.of(), 0)).isEqualTo(366L * 24 * 60 * 60 * 1_000);
        assertThat(RetryAfter.millis(List.of(far), List.of("Wed, 21 Oct 2015 07:28:00 GMT"), 0))
                .isEqualTo(366L * 24 * 60 * 60 * 1_000);
        assertThat(RetryAfter.millis(List.of("Wed, 21 Oct 2015 07:28:00 GMT"), List.of(far), 0))
                .isEqualTo(-1);
        assertThat(RetryAfter.millis(List.of(past), List.of(), 0)).isEqualTo(-1);
    }
}
