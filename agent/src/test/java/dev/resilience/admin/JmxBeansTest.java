package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanException;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.OpenMBeanAttributeInfo;
import javax.management.openmbean.OpenType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The beans, as a client without our classes sees them. */
class JmxBeansTest {

    private final AdminFixture agent = new AdminFixture();
    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final JmxBeans beans = new JmxBeans(agent.surface);

    @BeforeEach
    void register() {
        beans.register(server);
        agent.circuits.addListener(beans);
    }

    @AfterEach
    void close() {
        beans.close();
        agent.close();
    }

    @Test
    void the_agent_has_every_attribute_of_the_contract() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("retell", State.HALF_OPEN);

        assertThat(server.getAttribute(name, "Version")).isEqualTo("1.2.3");
        assertThat(server.getAttribute(name, "Application")).isEqualTo("booking");
        assertThat(server.getAttribute(name, "Instance")).isEqualTo("booking-1");
        assertThat(server.getAttribute(name, "Mode")).isEqualTo("local");
        assertThat(server.getAttribute(name, "ConfigFile")).isEqualTo("resilience.yaml");
        assertThat(server.getAttribute(name, "AdminUrl")).isNull();
        assertThat(server.getAttribute(name, "SystemHealth")).isEqualTo("critical");
        assertThat((String[]) server.getAttribute(name, "OpenCircuits")).containsExactly("calcom");
        assertThat((String[]) server.getAttribute(name, "HalfOpenCircuits")).containsExactly("retell");
        assertThat((String[]) server.getAttribute(name, "CascadingFailures")).containsExactly("calcom -> retell");
        assertThat(server.invoke(name, "reload", null, null)).isEqualTo("unchanged");
        server.invoke(name, "resetAll", new Object[0], new String[0]);
        assertThat(server.getAttribute(name, "SystemHealth")).isEqualTo("healthy");
    }

    @Test
    void cascading_failures_are_those_of_the_alert() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        agent.circuits.set("database", State.OPEN);
        assertThat((String[]) server.getAttribute(name, "CascadingFailures")).isEmpty();

        agent.circuits.set("calcom", State.OPEN);
        assertThat(server.getAttribute(name, "SystemHealth")).isEqualTo("critical");
        assertThat((String[]) server.getAttribute(name, "CascadingFailures"))
                .containsExactlyInAnyOrder("calcom", "database");
        agent.circuits.set("retell", State.HALF_OPEN);
        assertThat((String[]) server.getAttribute(name, "CascadingFailures"))
                .containsExactly("calcom -> retell", "database");
    }

    @Test
    void a_reset_says_what_stays_open() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("database", State.OPEN);
        agent.circuits.mode("database", Mode.FORCED_OPEN, null, "drill", "ada");

        assertThat(server.invoke(name, "resetAll", new Object[0], new String[0]).toString())
                .startsWith("reset ")
                .contains("calcom")
                .endsWith("; OPEN by its mode: database");
    }

    @Test
    void the_agent_tells_who_is_in_the_fleet_and_where_configurations_differ() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        assertThat((String[]) server.getAttribute(name, "Instances")).hasSize(1);
        assertThat(server.getAttribute(name, "ConfigDrift")).isNull();

        agent.others.add("booking-2", "11111111", "");
        agent.others.add("booking-3", "22222222", "");

        assertThat((String[]) server.getAttribute(name, "Instances")).hasSize(3).contains("booking-2", "booking-3");
        assertThat(server.getAttribute(name, "ConfigDrift").toString())
                .contains("different configurations", "11111111 (booking-2)", "22222222 (booking-3)");
    }

    @Test
    void a_circuit_that_was_made_since_is_found_at_its_first_change_of_state() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom@eu.cal.com");
        List<String> heard = new CopyOnWriteArrayList<>();
        agent.circuits.add("calcom@eu.cal.com");

        agent.circuits.set("calcom@eu.cal.com", State.OPEN);

        assertThat(server.getAttribute(name, "State")).isEqualTo("OPEN");
        server.addNotificationListener(
                name, (notification, handback) -> heard.add(notification.getMessage()), null, null);
        agent.circuits.set("calcom@eu.cal.com", State.HALF_OPEN);
        await().until(() -> !heard.isEmpty());
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_circuit_has_every_attribute_of_the_contract() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom");
        agent.circuits.set("calcom", State.OPEN);

        assertThat(server.getAttribute(name, "State")).isEqualTo("OPEN");
        assertThat(server.getAttribute(name, "Failures")).isEqualTo(2L);
        assertThat(server.getAttribute(name, "Successes")).isEqualTo(6L);
        assertThat(server.getAttribute(name, "FailureRate")).isEqualTo(0.25);
        assertThat(server.getAttribute(name, "HalfOpenQuota")).isEqualTo(3);
        assertThat(server.getAttribute(name, "LastFailure")).isEqualTo(1_760_000_000L);
        assertThat(server.getAttribute(name, "RetryAfterMillis")).isEqualTo(12_345L);
        assertThat(server.getAttribute(name, "Epoch")).isEqualTo(2L);
        assertThat(server.getAttribute(name, "Healthy")).isEqualTo(false);
        assertThat((String[]) server.getAttribute(name, "HealthReasons")).containsExactly("Circuit is OPEN");
        server.invoke(name, "reset", null, null);
        assertThat(server.getAttribute(name, "State")).isEqualTo("CLOSED");
    }

    @Test
    void endpoints_have_figures() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Endpoint,service=calcom,name=calcom_call");

        assertThat(server.getAttribute(name, "Requests")).isEqualTo(0L);
        assertThat(server.getAttribute(name, "SuccessRate")).isEqualTo(100.0);
    }

    @Test
    void a_change_of_state_is_a_notification_of_open_data() throws Exception {
        List<Notification> heard = new CopyOnWriteArrayList<>();
        server.addNotificationListener(
                new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom"),
                (notification, handback) -> heard.add(notification),
                null,
                null);

        agent.circuits.set("calcom", State.OPEN);

        await().until(() -> !heard.isEmpty());
        assertThat(heard).singleElement().satisfies(notification -> {
            assertThat(notification.getType()).isEqualTo(JmxBeans.STATE_CHANGE);
            CompositeData data = (CompositeData) notification.getUserData();
            assertThat(data.get("from")).isEqualTo("CLOSED");
            assertThat(data.get("to")).isEqualTo("OPEN");
            assertThat(data.get("service")).isEqualTo("calcom");
        });
    }

    /** It would be told on the thread by which circuits go from OPEN to HALF_OPEN and trials keep their permits. */
    @Test
    void a_listener_that_does_not_return_holds_up_nobody() throws Exception {
        CompletableFuture<Void> returns = new CompletableFuture<>();
        List<String> heard = new CopyOnWriteArrayList<>();
        server.addNotificationListener(
                new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom"),
                (notification, handback) -> {
                    returns.join();
                    heard.add(notification.getMessage());
                },
                null,
                null);

        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("calcom", State.HALF_OPEN);
        assertThat(heard).isEmpty();

        returns.complete(null);
        await().until(() -> heard.size() == 2);
        assertThat(heard.get(0)).contains("OPEN");
    }

    @Test
    void everything_is_an_open_type_and_can_be_read() throws Exception {
        for (ObjectName name : server.queryNames(new ObjectName("dev.resilience:*"), null)) {
            MBeanInfo info = server.getMBeanInfo(name);
            for (MBeanAttributeInfo attribute : info.getAttributes()) {
                assertThat(attribute).isInstanceOf(OpenMBeanAttributeInfo.class);
                OpenType<?> type = ((OpenMBeanAttributeInfo) attribute).getOpenType();
                Object value = server.getAttribute(name, attribute.getName());
                assertThat(value == null || type.isValue(value))
                        .as("%s %s", name, attribute.getName())
                        .isTrue();
            }
        }
    }

    @Test
    void a_failure_crosses_without_our_classes() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom");
        agent.circuits.byName.remove("calcom");

        assertThatThrownBy(() -> server.getAttribute(name, "State"))
                .isInstanceOf(MBeanException.class)
                .hasCauseExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_is_named_no_longer_goes() throws Exception {
        agent.circuits.byName.remove("database");
        beans.update();

        assertThat(server.isRegistered(new ObjectName("dev.resilience:type=CircuitBreaker,name=database")))
                .isFalse();
        beans.close();
        assertThat(server.queryNames(new ObjectName("dev.resilience:*"), null)).isEmpty();
    }

    @Test
    void the_api_is_there_for_tools_on_this_host() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        String[] signature = {"java.lang.String", "java.lang.String"};

        CompositeData status =
                (CompositeData) server.invoke(name, "api", new Object[] {"GET", "/api/health/status"}, signature);
        assertThat(status.get("status")).isEqualTo(200);
        assertThat((String) status.get("body")).contains("\"status\":\"healthy\"");
        CompositeData nothing = (CompositeData) server.invoke(name, "api", new Object[] {"GET", "/x"}, signature);
        assertThat(nothing.get("status")).isEqualTo(404);
        assertThatThrownBy(() -> server.invoke(name, "api", null, null)).isNotNull();
    }

    @Test
    void a_circuit_tells_who_ordered_its_mode_and_until_when() throws Exception {
        ObjectName name = new ObjectName("dev.resilience:type=CircuitBreaker,name=calcom");
        assertThat(server.getAttribute(name, "ModeBy")).isEqualTo("");
        assertThat(server.getAttribute(name, "ModeUntil")).isEqualTo("");
        agent.circuits.mode("calcom", Mode.MONITOR, Duration.ofHours(2), "drill", "ada");
        assertThat(server.getAttribute(name, "Mode")).isEqualTo("monitor");
        assertThat(server.getAttribute(name, "ModeBy")).isEqualTo("ada");
        assertThat(server.getAttribute(name, "ModeReason")).isEqualTo("ada: drill");
        assertThat(server.getAttribute(name, "ModeUntil")).isEqualTo(Json.time(AdminFixture.NOW + 7_200_000));
        agent.circuits.mode("calcom", Mode.MONITOR, null, "drill", "ada");
        assertThat(server.getAttribute(name, "ModeUntil")).isEqualTo("");
    }

    @Test
    void an_agent_without_a_configuration_says_that_it_protects_nothing() throws Exception {
        MBeanServer other = MBeanServerFactory.newMBeanServer();
        InertBean.register(other, "1", "app", "app-1", "bad.yaml", "bad.yaml has errors", () -> "mended");

        ObjectName name = new ObjectName("dev.resilience:type=Agent");
        assertThat(other.getAttribute(name, "Mode")).isEqualTo("inert");
        assertThat(other.getAttribute(name, "ConfigFile")).isEqualTo("bad.yaml");
        assertThat(other.getAttribute(name, "Reason")).isEqualTo("bad.yaml has errors");

        // Whoever reads the documented names finds them all.
        for (String each :
                new String[] {"AdminUrl", "SystemHealth", "OpenCircuits", "HalfOpenCircuits", "ConfigError"}) {
            other.getAttribute(name, each);
        }
        assertThat((String[]) other.getAttribute(name, "CascadingFailures")).isEmpty();
        assertThat(other.getAttribute(name, "SystemHealth")).isEqualTo("unknown");
        assertThat(other.invoke(name, "resetAll", null, null)).asString().contains("nothing is protected");
        assertThat(other.invoke(name, "reload", null, null)).isEqualTo("mended");
    }
}
