package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.State;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.Samples;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The dashboard in a real browser. Pictures of it are left in {@code target/dashboard}. */
class DashboardTest {

    private static final Path PICTURES = Path.of("target", "dashboard");
    private static Browser browser;

    private AdminFixture agent;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
        if (Boolean.getBoolean("browser.required")) {
            assertThat(browser).as("a Chromium").isNotNull();
        }
        Assumptions.assumeTrue(browser != null, "no Chromium is installed");
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void large() {
        browser.size(1440, 900);
        browser.dark(false);
        browser.complaints.clear();
    }

    @AfterEach
    void close() {
        browser.open("about:blank");
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void tells_what_is_broken_whom_it_hits_and_what_users_get() throws Exception {
        agent = new AdminFixture(Samples.chain());
        traffic(agent, 1);
        agent.circuits.set("calcom", State.OPEN);
        show();
        browser.until("document.getElementById('headline').textContent.includes('open')");

        assertThat(browser.text())
                .contains("calcom is open, which hits retell and appointments.")
                .contains("Next trial", "Hits", "retell, appointments", "stale_cache")
                .containsPattern("in 1[0-2] s");
        browser.picture(PICTURES.resolve("light.png"));
        browser.dark(true);
        browser.until("document.documentElement.dataset.theme === 'dark'");
        browser.picture(PICTURES.resolve("dark.png"));
        assertThat(browser.complaints).isEmpty();
    }

    private void show() {
        browser.open(agent.serve());
        browser.until("document.getElementById('line').dataset.line === 'live'");
    }

    /** Calls of every endpoint, the same each time. */
    static void traffic(AdminFixture agent, int hundreds) {
        Random random = new Random(7);
        for (ServiceConfig service : agent.config.services().values()) {
            service.endpoints().forEach(endpoint -> {
                EndpointRecorder calls = agent.metrics.endpoint(service.name(), endpoint.name());
                for (int i = 0; i < 100 * hundreds; i++) {
                    long nanos = (long) (5_000_000 * Math.exp(random.nextGaussian()));
                    calls.record(random.nextInt(200) == 0 ? CallOutcome.FAILURE : CallOutcome.SUCCESS, nanos);
                }
            });
        }
    }
}
