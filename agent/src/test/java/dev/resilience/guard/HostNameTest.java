package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostNameTest {

    @ParameterizedTest
    @CsvSource({
        "api.cal.com, api.cal.com",
        "API.cal.com., api.cal.com",
        "[::1], ::1",
        "0:0:0:0:0:0:0:1, ::1",
        "'[2001:DB8:0:0:0:0:0:0]', 2001:db8::",
        "0:0:1:0:0:0:1:0, 0:0:1::1:0",
        "::, ::",
        "fe80::1%eth0, fe80::1_eth0",
        "münchen.test, xn--mnchen-3ya.test",
        "XN--mnchen-3ya.test, xn--mnchen-3ya.test",
        "jdbc:postgresql://[::1]:5432/booking, [::1]:5432",
    })
    void one_host_has_one_name_however_a_client_spells_it(String address, String name) {
        assertThat(HostName.of(address)).isEqualTo(name);
    }
}
