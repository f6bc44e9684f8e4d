package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.Samples;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FigureStore;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard in a real browser. Pictures of it are left in {@code target/dashboard}. */
class DashboardTest {

    private static final Path PICTURES = Path.of("target", "dashboard");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static Browser browser;

    private AdminFixture agent;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
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
    }

    @AfterEach
    void close() {
        browser.open("about:blank");
        browser.complaints.clear();
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void tells_what_is_broken_whom_it_hits_and_what_users_get() throws Exception {
        serve(Samples.chain());
        agent.circuits.set("calcom", State.OPEN);
        show();
        browser.until("document.getElementById('headline').textContent.includes('open')");

        assertThat(browser.text())
                .contains("calcom is open, which hits retell and appointments.")
                .contains("Next trial", "Hits", "retell, appointments", "stale_cache")
                .containsPattern("in 1[0-2] s");
        assertThat(browser.evaluate("document.querySelectorAll('.chart canvas').length")
                        .asInt())
                .isEqualTo(2);
        picture("light");
        browser.dark(true);
        browser.until("document.documentElement.dataset.theme === 'dark'");
        picture("dark");
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void where_every_call_is_let_through_users_get_what_the_dependency_answers() throws Exception {
        serve(Samples.chain());
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.mode("calcom", Mode.MONITOR, null, "first day", "ada");
        show();
        browser.until("document.querySelector('.incident')?.textContent.includes('what the dependency answers')");

        assertThat(browser.evaluate("document.querySelector('.incident').textContent")
                        .asText())
                .contains("none is needed while the mode is monitor")
                .doesNotContain("stale_cache");
        focusAndPress("[data-focus=\"service-database\"]");
        browser.until("document.getElementById('circuit').textContent.includes('what the dependency answers')");
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void what_is_wrong_with_the_fleet_itself_is_said_at_the_top() throws Exception {
        serve(Samples.chain());
        agent.surface.configRefused("resilience.yaml:3:5: unknown key `mod`");
        agent.others.add("booking-2", "11111111", "");
        agent.others.add("booking-3", "22222222", "");
        agent.circuits.set("calcom", State.OPEN);
        show();
        browser.until("document.getElementById('notices').textContent.includes('not in force')");
        browser.until("document.getElementById('notices').textContent.includes('different configurations')");
        picture("notices");
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void the_fleet_is_told_by_its_instances() throws Exception {
        serve(Samples.chain());
        show();
        browser.until("document.getElementById('fleet').textContent.includes('1 instance')");
        assertThat(browser.text()).contains("1.2.3 · local");
    }

    @Test
    void two_jvms_of_one_name_are_told_where_the_instances_are_listed() throws Exception {
        serve(Samples.chain());
        agent.others.add("booking-2", "11111111", "its file is broken", "on shop-7 since 2025-10-09T08:53:20Z");
        show();
        browser.until("document.getElementById('fleet').textContent.includes('2 instances')");
        assertThat(browser.text())
                .contains("the name of another JVM, too: on shop-7 since 2025-10-09T08:53:20Z")
                .contains("its file is broken");
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void changes_are_shown_as_they_happen() {
        serve(Samples.chain());
        show();
        browser.until("document.getElementById('headline').textContent === 'All 4 circuits are closed.'");

        agent.circuits.set("database", State.OPEN);

        browser.until("document.querySelector('.incident')?.textContent.includes('database')");
        browser.until("document.title.startsWith('1 ✕')");
        agent.circuits.set("database", State.CLOSED);
        browser.until("document.getElementById('headline').textContent === 'All 4 circuits are closed.'");
        assertThat(browser.text()).contains("database");
    }

    @Test
    void a_circuit_has_a_page_of_its_own_and_its_buttons_work_by_keyboard() throws Exception {
        serve(Samples.chain());
        agent.circuits.set("calcom", State.OPEN);
        show();
        focusAndPress("[data-focus=\"service-calcom\"]");
        browser.until("location.hash === '#/circuit/calcom' && !document.getElementById('circuit').hidden");
        browser.until("document.querySelectorAll('#circuit canvas').length === 2");
        picture("circuit");

        focusAndPress("#circuit [data-focus=\"reset\"]");
        browser.until("document.getElementById('dialog').open");
        focusAndPress("#dialog button[value=\"do\"]");

        browser.until("document.getElementById('toast').textContent === 'calcom was reset.'");
        browser.until("document.querySelector('#circuit .title .state').dataset.state === 'CLOSED'");
        assertThat(agent.circuits.byName.get("calcom").state).isEqualTo(State.CLOSED);
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void with_a_token_the_page_asks_for_it() throws Exception {
        agent = new AdminFixture(Samples.chain(), System::currentTimeMillis);
        browser.open(agent.serve(new AgentConfig.Admin(true, "127.0.0.1", 0, "s3cret"), PATIENCE));
        browser.until("document.getElementById('dialog').open");
        browser.evaluate("document.getElementById('field-token').focus()");
        browser.type("wrong");
        browser.press("Enter", 13);
        browser.until("document.getElementById('dialog').open && document.getElementById('field-token').value === ''");
        browser.evaluate("document.getElementById('field-token').focus()");
        browser.type("s3cret");
        browser.press("Enter", 13);

        browser.until("document.getElementById('line').dataset.line === 'live'");
        browser.until("document.getElementById('headline').textContent === 'All 4 circuits are closed.'");
        assertThat(browser.evaluate("document.cookie + JSON.stringify(localStorage)")
                        .asText())
                .doesNotContain("s3cret");
    }

    @Test
    void a_lost_connection_is_said_and_comes_back() throws Exception {
        serve(Samples.chain());
        show();
        String url = agent.surface.adminUrl();
        int port = java.net.URI.create(url).getPort();
        agent.stopServing();

        browser.until("document.getElementById('line').dataset.line === 'lost'");
        browser.until("!document.getElementById('lost').hidden");
        picture("lost");
        assertThat(browser.text()).contains("Connection lost. What you see is from");

        agent.serve(new AgentConfig.Admin(true, "127.0.0.1", port, null), PATIENCE);
        browser.until("document.getElementById('line').dataset.line === 'live'");
        assertThat(browser.evaluate("document.getElementById('lost').hidden").asBoolean())
                .isTrue();
    }

    @Test
    void says_so_when_there_is_nothing_to_show() throws Exception {
        agent = new AdminFixture(Samples.config(), System::currentTimeMillis);
        show();
        browser.until("document.getElementById('headline').textContent.startsWith('No services')");

        picture("empty");
        assertThat(browser.text()).contains("nothing is protected", "No alerts.", "Nothing waits.");
        assertThat(browser.complaints).isEmpty();
    }

    @Test
    void two_hundred_services_are_still_readable() throws Exception {
        serve(many(200));
        agent.circuits.set("service-17", State.OPEN);
        agent.circuits.set("service-42", State.HALF_OPEN);
        agent.circuits.set("service-99", State.OPEN);
        show();
        browser.until("document.querySelectorAll('#services tbody tr').length === 200");

        assertThat(browser.evaluate("document.querySelector('#services tbody a').textContent")
                        .asText())
                .isEqualTo("service-17");
        picture("many");
        browser.evaluate("document.getElementById('filter').focus()");
        browser.type("service-199");
        browser.until("document.querySelectorAll('#services tbody tr').length === 1");
        assertThat(browser.complaints).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {360, 768})
    void nothing_is_cut_off_on_a_small_screen(int width) throws Exception {
        serve(Samples.chain());
        agent.circuits.set("calcom", State.OPEN);
        browser.size(width, 740);
        show();
        browser.until("document.querySelectorAll('.chart canvas').length === 2");

        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(width);
        picture("width-" + width);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nobody_is_kept_out(boolean dark) throws Exception {
        serve(Samples.chain());
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("database", State.HALF_OPEN);
        browser.dark(dark);
        show();
        browser.until("document.querySelectorAll('.chart canvas').length === 2");
        assertThat(violations()).isEmpty();

        browser.evaluate("location.hash = '#/circuit/calcom'");
        browser.until("document.querySelectorAll('#circuit canvas').length === 2");
        assertThat(violations()).isEmpty();

        browser.evaluate("document.querySelector('#circuit [data-focus=\"mode\"]').click()");
        browser.until("document.getElementById('dialog').open");
        picture(dark ? "dialog-dark" : "dialog");
        assertThat(violations()).isEmpty();
    }

    @Test
    void names_from_outside_are_text_and_nothing_more() {
        serve(Samples.chain());
        agent.surface.clearCache(
                null, "<img src=x onerror=\"document.title='owned'\">", null, "<script>alert(1)</script>");
        show();
        browser.until("document.getElementById('events').textContent.includes('<script>')");

        assertThat(browser.evaluate("document.querySelectorAll('#events img, #events script').length")
                        .asInt())
                .isZero();
        assertThat(browser.evaluate("document.title").asText()).doesNotContain("owned");
    }

    /** What axe finds, one line each. */
    private static List<String> violations() throws Exception {
        try (InputStream axe = DashboardTest.class.getResourceAsStream("/axe.min.js")) {
            browser.evaluate(new String(axe.readAllBytes(), StandardCharsets.UTF_8) + ";true");
        }
        JsonNode found = browser.evaluate(
                "axe.run().then(done => done.violations.flatMap(each => each.nodes.map(node => each.id + ': ' + node.html"
                        + " + ' ' + node.failureSummary)))");
        List<String> violations = new ArrayList<>();
        found.forEach(each -> violations.add(each.asText()));
        return violations;
    }

    private static void focusAndPress(String selector) {
        browser.until("document.querySelector('" + selector + "') !== null");
        browser.evaluate("document.querySelector('" + selector + "').focus()");
        browser.press("Enter", 13);
    }

    private void serve(AgentConfig config) {
        agent = new AdminFixture(config, System::currentTimeMillis);
        day(agent);
    }

    private void show() {
        browser.open(agent.serve());
        browser.until("document.getElementById('line').dataset.line === 'live'");
    }

    private static void picture(String name) throws Exception {
        browser.picture(PICTURES.resolve(name + ".png"));
    }

    private static AgentConfig many(int count) {
        List<ServiceConfig> services = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> dependsOn = i % 7 == 3 ? List.of("service-" + i / 7, "service-" + i / 3) : List.of();
            services.add(Samples.service(
                    "service-" + i, dependsOn.stream().distinct().toList(), null));
        }
        return Samples.config(services.toArray(new ServiceConfig[0]));
    }

    /** A day of calls, the same each time, with an hour of trouble. */
    private static void day(AdminFixture agent) {
        Random random = new Random(7);
        int number = 0;
        for (ServiceConfig service : agent.config.services().values()) {
            int pace = 3 + number % 5;
            for (int tenMinutes = 143; tenMinutes >= 0 && !service.endpoints().isEmpty(); tenMinutes--) {
                boolean trouble = number % 3 == 0 && tenMinutes > 30 && tenMinutes < 37;
                CallMetrics calls = new CallMetrics(System::nanoTime);
                EndpointRecorder recorder = calls.endpoint(
                        service.name(), service.endpoints().get(0).name());
                for (int i = 0; i < pace * 4; i++) {
                    double slow = trouble ? 8 : 1 + 0.4 * Math.sin(tenMinutes / 20.0);
                    long nanos = (long) (5_000_000 * (1 + number % 4) * slow * Math.exp(0.6 * random.nextGaussian()));
                    boolean fails = random.nextInt(trouble ? 4 : 250) == 0;
                    recorder.record(fails ? CallOutcome.FAILURE : CallOutcome.SUCCESS, nanos);
                }
                List<EndpointFigures> figures = calls.figures(service.name()).endpoints();
                agent.minutes.add(
                        service.name(),
                        new FigureStore.Batch("past", tenMinutes, tenMinutes * 600_000L + 60_000, figures));
            }
            number++;
        }
    }
}
