package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people are told when they got it wrong. */
class ProblemsTest {

    @Test
    void a_problem_has_file_line_column_what_and_the_nearest_name() {
        assertThat(Yaml.problems("services:\n  calcom:\n    breaker:\n      failure_treshold: 5\n"))
                .containsExactly(
                        "test.yaml:4:7: unknown key `failure_treshold` in `services.<name>.breaker`: did you mean `failure_threshold`?");
    }

    @Test
    void a_wrong_value_is_shown_with_what_was_expected() {
        assertThat(Yaml.problems("services:\n  calcom:\n    breaker: {timeout: soon, failure_rate: 2}\n"))
                .containsExactly(
                        "test.yaml:3:24: `timeout` is `soon`, expected a duration such as 500ms, 30s, 5m or a number of seconds, from 1ms to 365d",
                        "test.yaml:3:44: `failure_rate` is `2`, expected a share from 0 to 1, such as 0.5 or 50%");
    }

    @Test
    void an_address_with_a_port_that_there_is_not_is_shown_without_its_password() {
        assertThat(Yaml.problems("redis:\n  url: redis://user:secret@host:99999\nservices: {a: {}}\n"))
                .singleElement()
                .asString()
                .startsWith("test.yaml:2:8: `url` is `redis://")
                .contains("host:99999`, expected a Redis address", "no port above 65535")
                .doesNotContain("secret");
    }

    @Test
    void all_problems_are_told_in_one_go_in_the_order_of_the_file() {
        List<String> problems = Yaml.problems("""
                aplication: x
                services:
                  a:
                    mode: enforced
                    depends_on: [b]
                    endpoints:
                      - http: {host: "http://h"}
                      - name: two
                      - name: both
                        http: {host: h}
                        jdbc: {url: "jdbc:h2:*"}
                admin: {port: 99999}
                """);

        assertThat(problems.get(0)).startsWith("test.yaml:1:1:").contains("did you mean `application`?");
        assertThat(problems)
                .anyMatch(problem -> problem.startsWith("test.yaml:4:11:") && problem.contains("`enforce`"));
        assertThat(problems)
                .anyMatch(problem -> problem.startsWith("test.yaml:7:") && problem.contains("needs `name`"));
        assertThat(problems).anyMatch(problem -> problem.startsWith("test.yaml:7:") && problem.contains("host name"));
        assertThat(problems).last().asString().contains("`port` is `99999`", "0 to 65535");
    }

    /** Names are parts of keys, hash tags, JMX names, labels, addresses: what means something there is no part of a name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{calcom}",
                "cal:com",
                "cal com",
                "cal*",
                "cal?",
                "[cal]",
                "cal,com=1",
                "calcom@eu",
                "../calcom",
                "caf\u00e9",
                "\u65e5\u672c",
                "'cal'",
                "cal/com",
                "-calcom",
                ".calcom",
                ""
            })
    void a_service_name_that_would_mean_something_elsewhere_is_refused_with_what_is_allowed(String name) {
        assertThat(Yaml.problems("services:\n  \"" + name + "\": {}\n"))
                .singleElement()
                .asString()
                .startsWith("test.yaml:2:3:")
                .contains("`" + name + "`", "letters, digits, `_`, `-` and `.` (at most 100)");
    }

    @Test
    void a_service_name_may_have_a_hundred_characters_and_differ_in_case_alone() {
        assertThat(Yaml.problems("services:\n  " + "a".repeat(101) + ": {}\n")).hasSize(1);
        assertThat(Yaml.problems("services:\n  " + "a".repeat(100) + ": {}\n  calcom: {}\n  Calcom: {}\n  42: {}\n"))
                .isEmpty();
    }

    @Test
    void a_misplaced_key_is_told_where_it_belongs() {
        assertThat(Yaml.problems("services:\n  a:\n    failure_threshold: 5\n"))
                .singleElement()
                .asString()
                .startsWith("test.yaml:3:5:")
                .contains("misplaced", "under `breaker`");
        assertThat(Yaml.problems("key_prefix: x\nservices: {a: {}}\n"))
                .singleElement()
                .asString()
                .contains("under `redis`");
        assertThat(Yaml.problems("services:\n  a:\n    endpoints:\n      - {name: n, host: h, http: {host: h}}\n"))
                .singleElement()
                .asString()
                .contains("under `http`");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services: {a: {depends_on: [b]}}",
                "services: {a: {depends_on: [a]}}",
                "services: {a: {depends_on: [b]}, b: {depends_on: [c]}, c: {depends_on: [a]}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}}, {name: x, http: {host: i}}]}}",
                "services: {a: {endpoints: [{name: x}]}}",
                "services: {a: {endpoints: [{name: x, http: {}}]}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}, fallback: [stale_cache, stale_cache]}]}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}, fallback: [stale]}]}}",
                "services: {a: {endpoints: [{name: x, jdbc: {url: 'jdbc:h2:*'}, fallback: [respond]}]}}",
                "services: {a: {endpoints: [{name: x, http: {host: ''}}]}}",
                "services: {a: {endpoints: {name: x}}}",
                "services: {'a/b': {}}",
                "services: {a: {breaker: {slow_calls: }}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}, fallback: [{failover: }]}]}}",
                "services: {a: {probe: {}}}",
                "services: {a: {probe: {http: 'http://h', sql: SELECT 1}}}",
                "services: {a: {probe: {redis: default}}}",
                "services: [a]",
                "services: {a: {mode: }}",
                "redis: {}",
                "admin: {bind: 0.0.0.0}",
                "x: 1",
                "- a",
                "text",
                "",
            })
    void is_refused_with_words(String yaml) {
        assertThat(Yaml.problems(yaml))
                .isNotEmpty()
                .allSatisfy(
                        problem -> assertThat(problem).startsWith("test.yaml").hasSizeLessThan(700));
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "5m,300000", "2h,7200000", "1d,86400000", "45,45000", "0.5,500", "1.5s,1500"})
    void durations_are_read(String written, long millis) {
        assertThat(Yaml.service("services: {a: {cache_ttl: " + written + "}}").cacheTtl())
                .hasMillis(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1s", "5 parsecs", "1e3", "99999999999999999999", "s", "0.1ms", "366d", "0x10", "٣s"})
    void durations_are_refused(String written) {
        assertThat(Yaml.problems("services: {a: {cache_ttl: '" + written + "'}}"))
                .singleElement()
                .asString()
                .contains("a duration such as");
    }

    @Test
    void variables_are_filled_in_with_their_defaults() {
        String yaml = "application: ${APP:none}-${STAGE:test}\nservices: {a: {cache_ttl: '${TTL:5m}'}}";

        assertThat(Yaml.config(yaml).application()).isEqualTo("none-test");
        AgentConfig config = Yaml.config(yaml, environment -> {
            environment.variables.put("APP", "booking");
            environment.variables.put("TTL", "1s");
        });
        assertThat(config.application()).isEqualTo("booking-test");
        assertThat(config.services().get("a").cacheTtl()).hasSeconds(1);
    }

    @Test
    void a_variable_that_is_not_set_is_told_by_name_and_its_value_never() {
        assertThat(Yaml.problems("application: ${APP}\nservices: {a: {}}"))
                .singleElement()
                .asString()
                .contains("`APP` is not set", "${APP:default}");
        assertThat(Yaml.problems(
                        "services: {a: {probe: {sql: SELECT 1, password: '${PW'}}}",
                        environment -> environment.variables.put("PW", "hunter2")))
                .allSatisfy(problem -> assertThat(problem).doesNotContain("hunter2"));
        assertThat(Yaml.problems(
                        "admin: {port: '${PW}'}\nservices: {a: {}}",
                        environment -> environment.variables.put("PW", "hunter2")))
                .singleElement()
                .asString()
                .doesNotContain("hunter2");
    }

    @Test
    void an_admin_port_on_the_network_needs_a_token() {
        assertThat(Yaml.problems("admin: {bind: 0.0.0.0}\nservices: {a: {}}"))
                .singleElement()
                .asString()
                .contains("token");
        assertThat(Yaml.config("admin: {bind: 0.0.0.0, token: t}\nservices: {a: {}}")
                        .admin()
                        .bind())
                .isEqualTo("0.0.0.0");
    }

    @Test
    void a_statement_is_never_made_again() {
        assertThat(Yaml.problems(
                        "services: {a: {endpoints: [{name: x, jdbc: {url: 'jdbc:h2:*'}, retry: {attempts: 2}}]}}"))
                .singleElement()
                .asString()
                .contains("`retry` is for HTTP rules");
        var service = Yaml.config("""
                        services:
                          a:
                            retry: {attempts: 4}
                            deadline: 5s
                            endpoints:
                              - {name: x, jdbc: {url: "jdbc:h2:*"}}
                              - {name: y, http: {host: h}, retry: {backoff: 50ms}}
                        """).services().get("a");
        assertThat(service.endpoints().get(0).retry()).isNull();
        assertThat(service.endpoints().get(0).deadline()).isEqualTo(Duration.ofSeconds(5));
        assertThat(service.endpoints().get(1).retry())
                .isEqualTo(new EndpointConfig.Retry(4, Duration.ofMillis(50), Duration.ofSeconds(2)));
    }

    @Test
    void what_the_first_week_gets_wrong_is_told_by_its_cause() {
        String rule = "services: {a: {endpoints: [{name: e, http: {host: %s}}]}}";
        assertThat(Yaml.problems(rule.formatted("*.cal.com")))
                .containsExactly(
                        "test.yaml:1:52: malformed YAML: `*` begins an alias; put the value in quotes, as in \"*.example.com\"");
        assertThat(Yaml.problems(
                        "services:\n  a:\n    endpoints:\n      - name: e\n        http:\n          host: *cal\n"))
                .singleElement()
                .asString()
                .contains(":6:", "`*` begins an alias");
        for (String slip : new String[] {"admin: {port: ${ADM}}", "services: {a: {endpoints: [${X}]}}"}) {
            assertThat(Yaml.problems(slip)).singleElement().asString().contains("in quotes, as in \"${NAME}\"");
        }
        assertThat(Yaml.problems("services:\n  a:\n  breaker: {timeout: 3}\n"))
                .containsExactly("test.yaml:3:3: `breaker` is read as the name of a service here: indent it further,"
                        + " below the service that it belongs to");
        assertThat(Yaml.problems("services:\n  a:\n  endpoints:\n    - {name: e, http: {host: h}}\n"))
                .singleElement()
                .asString()
                .contains("`endpoints` is read as the name of a service");
        assertThat(Yaml.problems("services: {breaker: {depends_on: [probe]}, probe: {}}"))
                .isEmpty();
        assertThat(Yaml.problems("""
                        services:
                          a:
                            endpoints:
                              - name: e
                                http: {host: h}
                                fallback:
                                  - respond:
                                    status: 200
                        """))
                .containsExactly(
                        "test.yaml:8:13: `status` is an option of `respond`: indent it further, below that name");
    }
}
