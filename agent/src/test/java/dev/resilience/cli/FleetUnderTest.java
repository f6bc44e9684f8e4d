package dev.resilience.cli;

import dev.resilience.admin.AdminServer;
import dev.resilience.admin.EventLog;
import dev.resilience.admin.JmxBeans;
import dev.resilience.admin.MetricFamilies;
import dev.resilience.admin.Surface;
import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.Request;
import dev.resilience.fallback.Strategy;
import dev.resilience.fallback.Trouble;
import dev.resilience.guard.CallGuard;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpRequestView;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.health.Forecasts;
import dev.resilience.health.Herald;
import dev.resilience.health.LocalLeases;
import dev.resilience.health.OwnArchive;
import dev.resilience.health.ProbeRecords;
import dev.resilience.health.ProbeResult;
import dev.resilience.health.Probes;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.alert.AlertStore;
import dev.resilience.health.alert.Notice;
import dev.resilience.health.alert.Webhooks;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.JournalClerk;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import dev.resilience.metrics.TransitionJournal;
import dev.resilience.store.LocalStore;
import dev.resilience.telemetry.CallTracer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;

/**
 * Three instances under one fake time, all in this JVM: real guards, circuits, figures, alerts and surfaces over stores that
 * they share in memory. Calls are made by the guard's own rules, and what became of each is kept in a ledger beside it.
 */
final class FleetUnderTest implements AutoCloseable {

    static final Duration STEP = Duration.ofSeconds(30);
    private static final String YAML = """
            application: booking
            instance: booking-%d
            admin: {port: 0}
            services:
              calcom:
                probe: {http: "http://127.0.0.1:9/", interval: 30s}
                endpoints:
                  - name: fetch
                    http: {method: GET, host: api.cal.com}
                    fallback: [{respond: {status: 200, body: "[]"}}]
                  - name: book
                    http: {method: POST, host: api.cal.com}
              appointments: {depends_on: [calcom]}
            """;

    final FakeTime time = new FakeTime();
    final Map<String, Ledger> truth = new LinkedHashMap<>();
    final List<Instance> instances = new ArrayList<>();
    final List<Long> announced = new ArrayList<>();
    final List<Notice> paged = new ArrayList<>();

    /** How long the dependency takes at present, milliseconds; negative: it answers 503 after so long. */
    double typicalMillis = 120;

    private final Random random = new Random(7);
    private final LocalStore circuits = new LocalStore(time, time::unixMillis);
    private final MinuteLog figures = new MinuteLog(time::unixMillis);
    private final Journal journal = new Journal();
    private final Book book = new Book();
    private final ProbeRecords probeRecords;

    FleetUnderTest() {
        OwnArchive archive = new OwnArchive(time::unixMillis);
        archive.expect("calcom", Duration.ofSeconds(30));
        probeRecords = new ProbeRecords(archive, null, time::unixMillis);
        for (int i = 1; i <= 3; i++) {
            instances.add(new Instance(i));
        }
        instances.forEach(Instance::start);
    }

    /** Half a minute: one probe, and on each instance eight requests for slots and two bookings. */
    void step() {
        long took = Math.round(spread());
        probeRecords.onProbe(new ProbeResult(
                "calcom",
                "http",
                "x",
                time.unixMillis(),
                took * 1_000_000,
                typicalMillis < 0 ? "status 503" : null,
                1));
        List<Running> running = new ArrayList<>();
        for (Instance instance : instances) {
            for (int call = 0; call < 10; call++) {
                Running begun = instance.begin(call < 8 ? "GET" : "POST");
                if (begun != null) {
                    running.add(begun);
                }
            }
        }
        running.sort(Comparator.comparingLong(Running::nanos));
        long passed = 0;
        for (Running each : running) {
            time.forward(Duration.ofNanos(each.nanos - passed));
            passed = each.nanos;
            each.end(typicalMillis < 0 ? 503 : 200);
        }
        time.forward(STEP.minusNanos(passed));
    }

    State state() {
        return instances.get(0).circuits.find("calcom").state();
    }

    @Override
    public void close() {
        instances.forEach(Instance::close);
    }

    private double spread() {
        return Math.abs(typicalMillis) * Math.exp(0.1 * random.nextGaussian());
    }

    /** What became of one endpoint's calls, as the application and the dependency saw it. */
    static final class Ledger {

        long successes;
        long failures;
        long rejected;
        long answeredFailures;
        long answeredRejections;
        /** Of the calls that reached the dependency. */
        final List<Long> nanos = new ArrayList<>();

        long requests() {
            return successes + failures + rejected + answeredFailures + answeredRejections;
        }

        long fallbacks() {
            return answeredFailures + answeredRejections;
        }

        double totalNanos() {
            return nanos.stream().mapToDouble(Long::doubleValue).sum();
        }

        /** The exact one. */
        double percentileMillis(double percent) {
            List<Long> sorted = nanos.stream().sorted().toList();
            return sorted.get((int) Math.ceil(percent / 100 * sorted.size()) - 1) / 1e6;
        }

        static Ledger sum(Iterable<Ledger> ledgers) {
            Ledger sum = new Ledger();
            for (Ledger each : ledgers) {
                sum.successes += each.successes;
                sum.failures += each.failures;
                sum.rejected += each.rejected;
                sum.answeredFailures += each.answeredFailures;
                sum.answeredRejections += each.answeredRejections;
                sum.nanos.addAll(each.nanos);
            }
            return sum;
        }
    }

    private record Running(HttpCall call, Ledger ledger, long nanos) {

        void end(int status) {
            Ruling ruling = call.answered(new Response(status));
            ledger.nanos.add(nanos);
            if (status == 200) {
                ledger.successes++;
            } else if (ruling instanceof Ruling.Substitute) {
                ledger.answeredFailures++;
            } else {
                ledger.failures++;
            }
        }
    }

    /** One JVM's part. */
    final class Instance {

        final AgentConfig config;
        final CircuitRegistry circuits;
        final Surface surface;
        final MetricFamilies families;
        final MBeanServer beans = MBeanServerFactory.newMBeanServer();
        final JmxBeans jmx;
        String url;
        private final CallMetrics metrics = new CallMetrics(time);
        private final Chronicle chronicle = new Chronicle(time);
        private final CallGuard guard;
        private final Scribe scribe;
        private final AlertDesk desk;
        private final JournalClerk clerk;
        private final Herald herald;
        private final Probes probes;
        private final AdminServer server;

        Instance(int number) {
            config = read(YAML.formatted(number));
            circuits =
                    new CircuitRegistry(FleetUnderTest.this.circuits, config.instance(), time, time, time::unixMillis);
            Map<String, BreakerSettings> settings = new LinkedHashMap<>();
            config.services().values().forEach(each -> settings.put(each.name(), BreakerSettings.of(each)));
            circuits.apply(settings);
            guard = new CallGuard(
                    circuits,
                    metrics,
                    CallTracer.NONE,
                    (service, endpoint) -> endpoint.fallback().isEmpty()
                            ? FallbackChain.EMPTY
                            : new FallbackChain(List.of(new Empty())),
                    time);
            guard.apply(config);
            MinuteLog own = new MinuteLog(time::unixMillis);
            scribe = new Scribe(metrics, own, figures, config.instance(), time, time, time::unixMillis);
            FleetFigures fleet = new FleetFigures(scribe, own, chronicle, figures, journal);
            SystemHealth health = new SystemHealth(() -> config, circuits);
            desk = new AlertDesk(
                    () -> config,
                    circuits,
                    health,
                    fleet,
                    (duty, term) -> CompletableFuture.completedFuture(number == 1 ? 10L : 0L),
                    book,
                    new Webhooks(Runnable::run, time, time::unixMillis),
                    time,
                    time,
                    time::unixMillis);
            clerk = new JournalClerk(chronicle, journal, desk::onDuty, time);
            Forecasts forecasts = new Forecasts(probeRecords, fleet, time::unixMillis);
            herald = new Herald(
                    () -> config,
                    forecasts,
                    desk::onDuty,
                    (service, expected) -> announced.add(time.unixMillis()),
                    time,
                    time);
            probes = new Probes(
                    new LocalLeases(),
                    (service, probe, timeout) -> null,
                    target -> CompletableFuture.completedFuture(null),
                    result -> {},
                    UnaryOperator.identity(),
                    time,
                    time::unixMillis);
            EventLog events = new EventLog();
            surface = new Surface.Builder("1.2.3")
                    .config(() -> config)
                    .circuits(circuits)
                    .health(health)
                    .probes(probes)
                    .metrics(metrics)
                    .fleet(fleet)
                    .probeRecords(probeRecords)
                    .forecasts(forecasts)
                    .alerts(desk)
                    .events(events)
                    .reload(() -> "unchanged")
                    .epochMillis(time::unixMillis)
                    .build();
            families = new MetricFamilies(surface);
            jmx = new JmxBeans(surface);
            server = new AdminServer(config.admin(), surface, UnaryOperator.identity());
            circuits.addListener(metrics);
            circuits.addListener(chronicle);
            circuits.addListener(clerk);
            circuits.addListener(events);
        }

        void start() {
            circuits.start();
            scribe.start();
            desk.start();
            herald.start();
            if (config.instance().endsWith("1")) {
                desk.addListener(paged::add);
            }
        }

        /** From now on people look at it: time stands still, for it is not made for several threads. */
        void show() {
            jmx.register(beans);
            url = server.start();
        }

        /** Null when the call was over at once. */
        Running begin(String method) {
            URI uri = URI.create("https://api.cal.com/x");
            Endpoint endpoint = guard.matchHttp(method, uri);
            if (endpoint == null) {
                throw new IllegalStateException("no rule matches " + method);
            }
            Ledger ledger = truth.computeIfAbsent(method.equals("GET") ? "fetch" : "book", name -> new Ledger());
            HttpCall call = guard.begin(endpoint, new Get(method, uri));
            Ruling ruling = call.admit();
            if (ruling instanceof Ruling.Proceed) {
                return new Running(call, ledger, (long) (spread() * 1e6));
            }
            if (ruling instanceof Ruling.Substitute) {
                ledger.answeredRejections++;
            } else {
                ledger.rejected++;
            }
            return null;
        }

        void close() {
            server.close();
            jmx.close();
            desk.close();
            scribe.close();
            probes.close();
        }
    }

    private static AgentConfig read(String yaml) {
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(yaml, Path.of("test.yaml"));
        if (load instanceof ConfigLoad.Loaded loaded) {
            return loaded.config();
        }
        throw new IllegalArgumentException(load.toString());
    }

    private record Get(String method, URI uri) implements HttpRequestView {

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }
    }

    private record Response(int status) implements HttpResponseView {

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }
    }

    private static final class Empty implements Strategy {

        @Override
        public String name() {
            return "respond";
        }

        @Override
        public CompletionStage<Answer> answer(Request request, Trouble trouble) {
            return CompletableFuture.completedFuture(
                    new Answer.Http("respond", 200, List.of(), "[]".getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** Every change once, whoever tells of it. */
    private final class Journal implements TransitionJournal {

        private final Map<String, TreeMap<String, Entry>> services = new LinkedHashMap<>();
        private final Map<Entry, Long> at = new LinkedHashMap<>();

        @Override
        public synchronized CompletionStage<?> add(String service, List<Entry> entries) {
            for (Entry entry : entries) {
                if (services.computeIfAbsent(service, s -> new TreeMap<>())
                                .putIfAbsent(String.format("%09d.%03d", entry.epoch(), entry.turn()), entry)
                        == null) {
                    at.put(entry, time.unixMillis() - entry.ageMillis());
                }
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public synchronized CompletionStage<List<Entry>> read(String service) {
            return CompletableFuture.completedFuture(services.getOrDefault(service, new TreeMap<>()).values().stream()
                    .map(entry -> new Entry(
                            entry.from(),
                            entry.to(),
                            entry.epoch(),
                            entry.turn(),
                            entry.reason(),
                            time.unixMillis() - at.getOrDefault(entry, 0L)))
                    .toList());
        }
    }

    private final class Book implements AlertStore {

        private final List<Consumer<String>> listeners = new ArrayList<>();
        private String written = "";
        private long savedMillis;

        @Override
        public CompletionStage<Saved> load() {
            return CompletableFuture.completedFuture(
                    new Saved(written, written.isEmpty() ? 0 : time.unixMillis() - savedMillis));
        }

        @Override
        public CompletionStage<Boolean> save(long fencing, String book, String news) {
            written = book;
            savedMillis = time.unixMillis();
            listeners.forEach(listener -> listener.accept(news));
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void listen(Consumer<String> heard) {
            listeners.add(heard);
        }
    }
}
