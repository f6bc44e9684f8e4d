package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.resilience.breaker.State;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.Samples;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** What the configuration takes for a name, and what calls make of one, is shown and found on every surface. */
class OddNamesTest {

    private static final List<String> SERVICES = List.of(
            "calcom",
            "Calcom",
            "CALCOM",
            "a".repeat(100),
            "42",
            "_",
            "a.b-c_d",
            "state",
            "changes",
            "answers",
            "lease",
            "null",
            "true");

    /** As {@code per: host} names them. */
    private static final List<String> HOSTS =
            List.of("calcom@*", "calcom@[::1]:5432", "calcom@db:5432,db2:5432", "calcom@" + "h".repeat(200));

    private final List<String> names = new ArrayList<>(SERVICES);

    OddNamesTest() {
        names.addAll(HOSTS);
    }

    @Test
    void of_services_and_hosts_over_http_prometheus_and_jmx() throws Exception {
        ServiceConfig[] services = SERVICES.stream()
                .map(name -> Samples.service(name, List.of(), null))
                .toArray(ServiceConfig[]::new);
        MBeanServer server = MBeanServerFactory.newMBeanServer();
        try (AdminFixture agent = new AdminFixture(Samples.config(services));
                JmxBeans beans = new JmxBeans(agent.surface)) {
            HOSTS.forEach(agent.circuits::add);
            beans.register(server);
            String url = agent.serve();
            for (String name : names) {
                agent.circuits.set(name, State.OPEN);

                JsonNode states = new ObjectMapper().readTree(get(url + "/api/resilience/states"));
                List<String> open = names.stream()
                        .filter(one -> states.path(one).path("state").asText().equals("OPEN"))
                        .toList();
                assertThat(open).containsExactly(name);
                assertThat(get(url + "/metrics"))
                        .contains("resilience_circuit_state{service=\"" + name + "\",state=\"OPEN\"} 1");
                assertThat(server.getAttribute(bean(name), "State")).isEqualTo("OPEN");

                post(url + "/api/resilience/reset?service=" + URLEncoder.encode(name, StandardCharsets.UTF_8));
                assertThat(server.getAttribute(bean(name), "State")).as(name).isEqualTo("CLOSED");
            }
        }
    }

    private static ObjectName bean(String name) throws Exception {
        boolean plain = name.matches("[\\w.@-]+");
        return new ObjectName("dev.resilience:type=CircuitBreaker,name=" + (plain ? name : ObjectName.quote(name)));
    }

    private static String get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }

    private static void post(String url) throws Exception {
        int status = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
        assertThat(status).as(url).isEqualTo(200);
    }
}
