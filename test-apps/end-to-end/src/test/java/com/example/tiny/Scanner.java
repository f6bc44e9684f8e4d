package com.example.tiny;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.concurrent.ForkJoinPool;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.net.ssl.HttpsURLConnection;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;

/**
 * Writes down everything about its JVM that an application can see, one fact a line, in an order of its own. Run with and
 * without an agent, the two lists show what the agent changed.
 *
 * <p>Arguments: the address of a server that is there, and one where nobody listens.
 */
public final class Scanner {

    /** Services that the agent's libraries provide, use, or that others would load from it. */
    private static final List<String> SERVICES = List.of(
            "java.lang.System$LoggerFinder",
            "java.net.spi.InetAddressResolverProvider",
            "java.net.spi.URLStreamHandlerProvider",
            "java.nio.charset.spi.CharsetProvider",
            "java.nio.file.spi.FileSystemProvider",
            "java.security.Provider",
            "java.sql.Driver",
            "java.util.spi.ToolProvider",
            "javax.management.remote.JMXConnectorProvider",
            "javax.naming.ldap.spi.LdapDnsProvider",
            "javax.script.ScriptEngineFactory",
            "javax.sql.rowset.RowSetFactory");

    private static final List<String> RESOURCES = List.of(
            "META-INF/MANIFEST.MF",
            "META-INF/LICENSE",
            "META-INF/maven",
            "META-INF/services/java.sql.Driver",
            "META-INF/services/org.slf4j.spi.SLF4JServiceProvider",
            "META-INF/services/com.fasterxml.jackson.core.JsonFactory",
            "META-INF/services/com.fasterxml.jackson.core.ObjectCodec",
            "META-INF/services/io.opentelemetry.context.ContextStorageProvider",
            "META-INF/services/reactor.blockhound.integration.BlockHoundIntegration",
            "META-INF/io.netty.versions.properties",
            "application.properties",
            "logback.xml",
            "log4j2.xml",
            "simplelogger.properties",
            "dev/resilience/agent/Agent.class",
            "io/netty/channel/Channel.class",
            "io/lettuce/core/RedisClient.class",
            "org/yaml/snakeyaml/Yaml.class",
            "net/bytebuddy/ByteBuddy.class");

    private static final List<String> CLASSES = List.of(
            "dev.resilience.agent.Agent",
            "dev.resilience.config.ConfigReader",
            "dev.resilience.log.AgentLog",
            "io.netty.channel.Channel",
            "io.lettuce.core.RedisClient",
            "reactor.core.publisher.Flux",
            "org.yaml.snakeyaml.Yaml",
            "net.bytebuddy.ByteBuddy",
            "com.fasterxml.jackson.databind.ObjectMapper",
            "io.opentelemetry.api.trace.Span",
            "io.prometheus.metrics.model.snapshots.Labels",
            "org.slf4j.LoggerFactory",
            "com.github.benmanes.caffeine.cache.Cache",
            "org.HdrHistogram.Histogram",
            "picocli.CommandLine");

    /** Kept, because its threads go with it. */
    private final HttpClient client = HttpClient.newHttpClient();

    private final TreeSet<String> facts = new TreeSet<>();

    private Scanner() {}

    public static void main(String[] arguments) throws Exception {
        Scanner scanner = new Scanner();
        scanner.calls(URI.create(arguments[0]), URI.create(arguments[1]));
        scanner.properties();
        scanner.classes();
        scanner.resources();
        scanner.services();
        scanner.logging();
        scanner.jvm();
        scanner.threads();
        scanner.network();
        scanner.files();
        scanner.management();
        scanner.flightRecorder();
        scanner.facts.forEach(System.out::println);
        System.out.println("done");
        // What is started behind the application's back has time to show itself, until standard input ends.
        while (System.in.read() >= 0) {}
    }

    private void fact(String kind, Object what) {
        facts.add(kind + ": " + what);
    }

    /** Woven code runs here: its answers and the stack traces of its failures are facts. */
    private void calls(URI there, URI nobody) throws Exception {
        fact(
                "answer",
                client.send(HttpRequest.newBuilder(there).build(), BodyHandlers.ofString())
                        .body());
        try {
            client.send(HttpRequest.newBuilder(nobody).build(), BodyHandlers.ofString());
        } catch (java.io.IOException refused) {
            for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
                fact("failure", cause);
                // The client's own frames depend on which of its threads was first.
                for (StackTraceElement frame : cause.getStackTrace()) {
                    if (frame.getClassName().startsWith("com.example")
                            || frame.getClassName().startsWith("dev.")) {
                        fact("frame", frame);
                    }
                }
            }
        }
        fact("client", client.getClass().getName());
        fact("methods", client.getClass().getDeclaredMethods().length);
        fact("fields", client.getClass().getDeclaredFields().length);
        fact("interfaces", List.of(client.getClass().getInterfaces()));
        fact("module reads", new TreeSet<>(names(client.getClass().getModule())));
    }

    private static List<String> names(Module module) {
        return module.getLayer().modules().stream()
                .filter(module::canRead)
                .map(Module::getName)
                .toList();
    }

    private void properties() {
        for (String name : System.getProperties().stringPropertyNames()) {
            fact("property", name + "=" + System.getProperty(name).replaceAll("\\s+", " "));
        }
    }

    private void classes() {
        for (String name : CLASSES) {
            fact("class", name + " " + visible(name));
        }
        for (Package known : Package.getPackages()) {
            if (!known.getName().matches("(java|javax|jdk|sun|com\\.sun)\\..*")) {
                fact("package", known.getName());
            }
        }
    }

    private static String visible(String name) {
        try {
            return "from " + Class.forName(name).getClassLoader();
        } catch (ClassNotFoundException | LinkageError hidden) {
            return "no";
        }
    }

    private void resources() throws Exception {
        ClassLoader loader = Scanner.class.getClassLoader();
        for (String name : RESOURCES) {
            for (URL url : Collections.list(loader.getResources(name))) {
                fact("resource", url.toString().replaceAll("^.*/(?=[^/!]+!)", ""));
            }
        }
    }

    private void services() throws Exception {
        for (String name : SERVICES) {
            Class<?> type;
            try {
                type = Class.forName(name);
            } catch (ClassNotFoundException newer) {
                continue;
            }
            try {
                for (Object provider : ServiceLoader.load(type)) {
                    fact("service", name + " " + provider.getClass().getName());
                }
            } catch (UnsupportedOperationException | java.util.ServiceConfigurationError unusable) {
                fact("service", name + " " + unusable);
            }
        }
        for (Provider provider : Security.getProviders()) {
            fact("security", provider);
        }
    }

    private void jvm() throws Exception {
        fact("locale", Locale.getDefault());
        fact("time zone", TimeZone.getDefault().getID());
        fact("charset", Charset.defaultCharset());
        fact("context loader", Thread.currentThread().getContextClassLoader().getClass());
        fact("uncaught", Thread.getDefaultUncaughtExceptionHandler());
        fact("system loader", ClassLoader.getSystemClassLoader().getClass());
        fact("standard error", System.err.getClass());
        fact("assertions", Scanner.class.desiredAssertionStatus());
        Class<?> hooks = Class.forName("java.lang.ApplicationShutdownHooks");
        Field field = hooks.getDeclaredField("hooks");
        field.setAccessible(true);
        for (Object hook : ((IdentityHashMap<?, ?>) field.get(null)).keySet()) {
            fact("shutdown hook", ((Thread) hook).getName().replaceAll("\\d+$", ""));
        }
    }

    private void logging() {
        fact("log manager", LogManager.getLogManager().getClass());
        Logger root = Logger.getLogger("");
        fact("log level", root.getLevel());
        for (Handler handler : root.getHandlers()) {
            fact("log handler", handler.getClass() + " " + handler.getLevel());
        }
        for (String name : Collections.list(LogManager.getLogManager().getLoggerNames())) {
            if (!name.matches("(java|javax|jdk|sun)\\..*")) {
                fact("logger", name);
            }
        }
        fact("system logger", System.getLogger("example").getClass());
    }

    /** What one part of an application sets for all of it. */
    private void network() throws Exception {
        fact("authenticator", Authenticator.getDefault());
        fact("cookies", CookieHandler.getDefault());
        fact("response cache", ResponseCache.getDefault());
        fact("proxies", ProxySelector.getDefault().getClass());
        fact("host names", HttpsURLConnection.getDefaultHostnameVerifier().getClass());
        Field factory = URL.class.getDeclaredField("factory");
        factory.setAccessible(true);
        fact("url handlers", factory.get(null));
        for (String name : List.of("networkaddress.cache.ttl", "jdk.tls.disabledAlgorithms", "securerandom.source")) {
            fact("security property", name + "=" + Security.getProperty(name));
        }
    }

    /** Files that are open, where the system tells; not what is connected or waited on. */
    private void files() throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        if (Files.isDirectory(descriptors)) {
            try (Stream<Path> all = Files.list(descriptors)) {
                for (Path descriptor : all.toList()) {
                    if (Files.isSymbolicLink(descriptor) && Files.isRegularFile(descriptor)) {
                        fact("open file", Files.readSymbolicLink(descriptor).getFileName());
                    }
                }
            }
        }
    }

    private void management() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        for (String domain : server.getDomains()) {
            fact("beans", domain);
        }
        fact("bean servers", MBeanServerFactory.findMBeanServer(null).size());
        fact("contention", ManagementFactory.getThreadMXBean().isThreadContentionMonitoringEnabled());
        fact("verbose memory", ManagementFactory.getMemoryMXBean().isVerbose());
        fact("verbose classes", ManagementFactory.getClassLoadingMXBean().isVerbose());
        fact("parallelism", ForkJoinPool.commonPool().getParallelism());
    }

    /** Last, because the recorder starts by being asked. */
    private void flightRecorder() {
        fact("flight recorder runs", FlightRecorder.isInitialized());
        for (EventType type : FlightRecorder.getFlightRecorder().getEventTypes()) {
            fact("event", type.getName());
        }
    }

    private void threads() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            String name = thread.getName().replaceAll("-?\\d+(-\\w+-\\d+)?$", "");
            fact(
                    "thread",
                    name + (thread.isDaemon() ? "" : " keeps the JVM alive") + " in "
                            + thread.getThreadGroup().getName());
        }
    }
}
