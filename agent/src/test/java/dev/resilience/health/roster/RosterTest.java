package dev.resilience.health.roster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RosterTest {

    @Test
    void instances_that_run_by_one_configuration_have_no_drift() {
        assertThat(Roster.drift(List.of(instance("a-1", "a", "11111111", 0), instance("a-2", "a", "11111111", 0))))
                .isNull();
    }

    @Test
    void instances_of_one_application_that_differ_are_told_by_name() {
        assertThat(Roster.drift(List.of(
                        instance("a-1", "a", "11111111", 0),
                        instance("a-2", "a", "22222222", 0),
                        instance("a-3", "a", "11111111", 0))))
                .isEqualTo("a runs by 2 different configurations: 11111111 (a-1, a-3); 22222222 (a-2)");
    }

    @Test
    void other_applications_may_differ_and_lost_instances_say_nothing_any_more() {
        assertThat(Roster.drift(List.of(
                        instance("a-1", "a", "11111111", 0),
                        instance("b-1", "b", "22222222", 0),
                        instance("a-2", "a", "33333333", 60_000))))
                .isNull();
    }

    private static Instance instance(String name, String application, String config, long silent) {
        return new Instance(name, application, "host", "1", "shared", config, "", 0, silent);
    }
}
