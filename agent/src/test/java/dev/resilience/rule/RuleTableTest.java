package dev.resilience.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleTableTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/availability/**     | /v1/availability            | true",
                "/v1/availability/**     | /v1/availability/           | true",
                "/v1/availability/**     | /v1/availability/a/b?c=/d   | true",
                "/v1/availability/**     | /v1/availabilityx           | false",
                "/v1/bookings            | /v1/bookings                | true",
                "/v1/bookings            | /v1/bookings?x=1            | true",
                "/v1/bookings            | /v1/bookings#x              | true",
                "/v1/bookings            | /v1/bookings/               | false",
                "/v1/bookings            | /V1/bookings                | false",
                "/v1/*                   | /v1/a                       | true",
                "/v1/*                   | /v1/                        | false",
                "/v1/*                   | /v1/a/b                     | false",
                "/v1/*/users             | /v1/a/users                 | true",
                "/v1/{id}/users          | /v1/42/users                | true",
                "/v1/{id}/users          | /v1//users                  | false",
                "/v1/{id}.json           | /v1/42.json                 | true",
                "/v1/{id}.json           | /v1/.json                   | false",
                "/v1/user*               | /v1/user                    | true",
                "/v1/user*               | /v1/users                   | true",
                "/v1/user*               | /v1/users/1                 | false",
                "/**/b                   | /b                          | true",
                "/**/b                   | /a/b/a/b                    | true",
                "/**/b                   | /a/b/c                      | false",
                "/a/**/b/*/c             | /a/b/b/x/b/y/c              | true",
                "/a/**/b/**              | /a/x/b                      | true",
                "/a/**/b/**              | /a/x/c                      | false",
                "/                       | /                           | true",
                "/                       | /a                          | false",
                "/*                      | /a                          | true",
                "/*                      | /                           | false",
                "/**                     | /                           | true",
                "/v1/a                   | /v1/b/../a                  | false",
                "/v1/**                  | /v1/../v2                   | true",
                "/v1/a                   | /v1/%61                     | false",
                "/v1/*                   | /v1/a%2Fb                   | true",
            })
    void takes_paths_by_segment(String pattern, String path, boolean matches) {
        RuleTable<String> table = http(null, pattern);

        assertThat(table.http("GET", "https", "h", -1, path) != null).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "api.cal.com, api.cal.com, true",
        "api.cal.com, API.Cal.Com, true",
        "API.cal.com, api.cal.com., true",
        "api.cal.com, api.cal.co, false",
        "*.retellai.com, eu.api.retellai.com, true",
        "*.retellai.com, retellai.com, false",
        "api-*.x.com, api-7.x.com, true",
        "*, anything, true",
        "::1, [::1], true",
        "[::1], ::1, true",
        "::1, [0:0:0:0:0:0:0:1], true",
        "2001:DB8:0:0:1:0:0:1, [2001:db8::1:0:0:1], true",
        "::1, ::2, false",
        "::ffff:10.0.0.7, [::FFFF:10.0.0.7], true",
        "münchen.test, xn--mnchen-3ya.test, true",
        "xn--mnchen-3ya.test, München.test, true",
        "*.münchen.test, api.xn--mnchen-3ya.test, true",
        "*.xn--mnchen-3ya.test, api.münchen.test, true",
        "münchen.test, mänchen.test, false",
        "::1, fe80::1%lo, false",
    })
    void takes_hosts_by_glob_without_case(String pattern, String host, boolean matches) {
        RuleTable<String> table = http(pattern, null);

        assertThat(table.http("GET", "https", host, -1, "/") != null).isEqualTo(matches);
    }

    @Test
    void knows_methods_schemes_and_the_ports_that_schemes_imply() {
        RuleTable<String> table = RuleTable.<String>builder()
                .http("secure", Set.of("GET", "PUT"), "https", null, 443, null)
                .http("plain", Set.of(), null, null, 80, null)
                .build();

        assertThat(table.http("GET", "https", "h", -1, "/")).isEqualTo("secure");
        assertThat(table.http("PUT", "HTTPS", "h", 443, "/")).isEqualTo("secure");
        assertThat(table.http("POST", "https", "h", -1, "/")).isNull();
        assertThat(table.http("POST", "http", "h", -1, "/")).isEqualTo("plain");
        assertThat(table.http("POST", "http", "h", 8080, "/")).isNull();
    }

    @Test
    void gives_the_first_match_in_file_order_whether_hosts_are_named_or_not() {
        RuleTable<String> table = RuleTable.<String>builder()
                .http("glob", Set.of("GET"), null, "*.cal.com", null, "/a")
                .http("named", Set.of(), null, "api.cal.com", null, null)
                .http("any", Set.of(), null, null, null, null)
                .build();

        assertThat(table.http("GET", "https", "api.cal.com", -1, "/a")).isEqualTo("glob");
        assertThat(table.http("POST", "https", "api.cal.com", -1, "/a")).isEqualTo("named");
        assertThat(table.http("POST", "https", "eu.cal.com", -1, "/a")).isEqualTo("any");
        assertThat(table.http("POST", "https", null, -1, null)).isEqualTo("any");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select * from staff*       | SELECT * FROM staff               | true",
                "select * from staff*       | select id, name from staff where 1=1 | true",
                "select * from staff*       | select * from stuff               | false",
                "select  id from staff      | '  select\t\n id   from staff \n' | true",
                "insert into a*             | insert into b                     | false",
                "*staff*                    | delete from staff                 | true",
                "*from a*where b            | select 1 from a where b           | true",
                "*from a*where b            | select 1 from a where c           | false",
                "a * b                      | a b                               | false",
                "a * b                      | a  x   b                          | true",
                "*ab*ab                     | ab                                | false",
                "*ab*ab                     | abab                              | true",
                "*                          | ''                                | true",
                "*aab*                      | aaab                              | true",
                "*abab*x                    | ababab x                          | true",
            })
    void takes_statements_by_glob_without_case_or_white_space(String pattern, String sql, boolean matches) {
        RuleTable<String> table =
                RuleTable.<String>builder().jdbc("e", "jdbc:*", pattern).build();

        assertThat(table.jdbc("jdbc:h2:mem:x", sql) != null).isEqualTo(matches);
    }

    @Test
    void takes_databases_by_the_glob_of_their_address() {
        RuleTable<String> table = RuleTable.<String>builder()
                .jdbc("staff", "jdbc:postgresql://*/booking*", "select * from staff*")
                .jdbc("else", "jdbc:postgresql://*/booking*", null)
                .build();

        assertThat(table.jdbc("jdbc:postgresql://db:5432/booking?ssl=true", "select a from staff"))
                .isEqualTo("staff");
        assertThat(table.jdbc("jdbc:postgresql://db/booking", "update x")).isEqualTo("else");
        assertThat(table.jdbc("jdbc:postgresql://db/other", "update x")).isNull();
        assertThat(table.coversJdbc("jdbc:postgresql://db/booking")).isTrue();
        assertThat(table.coversJdbc("jdbc:h2:mem:booking")).isFalse();
        assertThat(table.jdbcEndpoints("jdbc:postgresql://db/booking")).containsExactly("staff", "else");
        assertThat(table.hasHttp()).isFalse();
        assertThat(table.hasJdbc()).isTrue();
    }

    @Test
    void stays_linear_on_statements_of_many_megabytes() {
        RuleTable<String> table = RuleTable.<String>builder()
                .jdbc("e", "jdbc:*", "*" + "a".repeat(200) + "b*" + "a ".repeat(50) + "*c*d")
                .build();
        String hostile = "a".repeat(4_000_000) + " a".repeat(1_000_000);
        String blank = "select" + " \n".repeat(2_000_000) + "1";

        assertTimeout(Duration.ofSeconds(20), () -> {
            for (int i = 0; i < 5; i++) {
                assertThat(table.jdbc("jdbc:x", hostile)).isNull();
                assertThat(table.jdbc("jdbc:x", blank)).isNull();
            }
        });
    }

    @Test
    void allocates_nothing_to_find_or_to_miss() {
        RuleTable.Builder<String> builder = RuleTable.builder();
        for (int i = 0; i < 25; i++) {
            builder.http("n" + i, Set.of("GET"), "https", "host" + i + ".example.com", null, "/v1/{id}/**");
            builder.http("g" + i, Set.of(), null, "*.zone" + i + ".example.com", null, "/a/*/c*");
        }
        RuleTable<String> table =
                builder.jdbc("j", "jdbc:h2:*", "select * from x*").build();
        for (int i = 0; i < 20_000; i++) {
            lookUp(table);
        }

        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 20_000; i++) {
            lookUp(table);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).as("bytes over 100,000 lookups").isLessThan(20_000);
    }

    private static void lookUp(RuleTable<String> table) {
        table.http("GET", "https", "api.other.com", -1, "/v1/availability/7");
        table.http("GET", "https", "HOST7.example.com", -1, "/v1/availability/7");
        table.http("GET", "https", "eu.zone24.example.com", 8443, "/a/b/cd?q");
        table.jdbc("jdbc:h2:mem:a", "select a from x where y");
        table.jdbc("jdbc:h2:mem:a", "insert into x");
    }

    @Test
    void tells_rules_that_can_never_match() {
        RuleTable<String> table = RuleTable.<String>builder()
                .http("wide", Set.of("GET", "HEAD"), null, "*.cal.com", null, "/v1/**")
                .http("narrow", Set.of("GET"), "https", "api.cal.com", 443, "/v1/{id}/x")
                .http("other method", Set.of("POST"), "https", "api.cal.com", 443, "/v1/x")
                .http("any method", Set.of(), null, "api.cal.com", null, "/v1/x")
                .http("wider host", Set.of("GET"), null, "*cal.com", null, "/v1/x")
                .http("other path", Set.of("GET"), null, "api.cal.com", null, "/v2")
                .jdbc("all", "jdbc:h2:*", null)
                .jdbc("some", "jdbc:h2:mem:*", "select *")
                .jdbc("other", "jdbc:postgresql:*", "select *")
                .jdbc("same", "jdbc:postgresql:*", "SELECT   *")
                .jdbc("more", "jdbc:postgresql:*", "*")
                .build();

        assertThat(table.shadowed())
                .containsExactly(
                        new RuleTable.Shadowed<>("narrow", "wide"),
                        new RuleTable.Shadowed<>("some", "all"),
                        new RuleTable.Shadowed<>("same", "other"));
    }

    @ParameterizedTest
    @CsvSource({
        "/a/*, /a/b, true",
        "/a/*, /a/, false",
        "/a/*, /a/{x}, true",
        "/a/*, /a/b*, true",
        "/a/b*, /a/{x}, false",
        "/a/b*, /a/bc, true",
        "/a/*, /a/**, false",
        "/a/**, /a, true",
        "/a/**, /a/**/c, true",
        "/a/**/c, /a/b/c, false",
        "/a/**/c, /a/**/c, true",
    })
    void is_sure_of_paths_before_it_calls_one_covered(String earlier, String later, boolean covers) {
        assertThat(new PathPattern(earlier).covers(new PathPattern(later))).isEqualTo(covers);
    }

    private static RuleTable<String> http(String host, String path) {
        return RuleTable.<String>builder()
                .http("e", Set.of(), null, host, null, path)
                .build();
    }
}
