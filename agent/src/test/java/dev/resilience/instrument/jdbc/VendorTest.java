package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drivers that log what another one does have addresses of their own, and its ways. */
class VendorTest {

    @ParameterizedTest
    @CsvSource({
        "H2, jdbc:h2:mem:shop",
        "H2, jdbc:p6spy:h2:mem:shop",
        "SQLITE, jdbc:log4jdbc:sqlite:shop.db",
        "POSTGRESQL, jdbc:tracing:jdbc:postgresql://h/d",
        "POSTGRESQL, JDBC:OTEL:P6SPY:POSTGRESQL://h/d",
        "OTHER, jdbc:sqlserver://h;databaseName=h2:",
        "OTHER, h",
    })
    void is_told_by_the_address_also_behind_who_wraps_it(Vendor vendor, String url) {
        assertThat(Vendor.of(url)).isEqualTo(vendor);
    }
}
