package dev.resilience.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.rule.SafeUrl;
import java.net.URI;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "jdbc:postgresql://db:5432/booking?ssl=true    | postgresql           | db        | 5432 | booking",
                "jdbc:postgresql://a:1,b:2/booking             | postgresql           | a         | 1    | booking",
                "jdbc:postgresql:booking                       | postgresql           | -         | -1   | -",
                "jdbc:mysql://root:pw@[::1]:3306/shop          | mysql                | [::1]     | 3306 | shop",
                "jdbc:mariadb:replication://m,s/shop           | mariadb              | m         | -1   | shop",
                "jdbc:sqlserver://h:1433;databaseName=x;user=u | microsoft.sql_server | h         | 1433 | x",
                "jdbc:oracle:thin:@//h:1521/service            | oracle.db            | h         | 1521 | service",
                "jdbc:h2:mem:booking;MODE=PostgreSQL           | h2database           | -         | -1   | booking",
                "jdbc:sqlite:/var/a.db                         | sqlite               | -         | -1   | -",
                "jdbc:acme:x                                   | other_sql            | -         | -1   | -",
            })
    void a_jdbc_address_tells_its_server(String url, String system, String host, int port, String database) {
        assertThat(JdbcAddress.of(url)).isEqualTo(new JdbcAddress(system, host, port, database));
    }

    @Property
    void any_text_can_be_an_address(@ForAll String url) {
        JdbcAddress.of("jdbc:" + url);
        JdbcAddress.of(url);
        TraceParent.parse(url);
    }

    @Test
    void a_host_with_an_underscore_is_a_host() {
        assertThat(SafeUrl.host(URI.create("http://u:p@my_service:8080/x"))).isEqualTo("my_service");
        assertThat(SafeUrl.of(URI.create("http://u:p@my_service:8080/x"))).doesNotContain("u:p");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                "00-0af7-51916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            })
    void a_header_that_is_none_is_no_parent(String header) {
        assertThat(TraceParent.parse(header)).isNull();
    }

    @Test
    void a_header_of_a_later_version_is_read_as_far_as_it_is_known() {
        TraceParent parent = TraceParent.parse("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more");
        assertThat(parent).hasToString("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }
}
