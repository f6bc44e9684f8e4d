package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.config.ConfigDiscovery;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.Environment;
import dev.resilience.log.AgentLog;
import dev.resilience.store.RedisDiagnosis;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks at everything that can be wrong and says what to do. */
@CommandLine.Command(
        name = "doctor",
        description = "Checks Java, configuration, Redis and a running JVM, and says what to do; exit status 1 when"
                + " something is wrong.")
final class DoctorCommand extends Command {

    private static final int OLDEST_JAVA = 17;
    private static final Duration CLOCK_SLACK = Duration.ofSeconds(30);
    private static final int MOST_SHOWN = 20;

    @Mixin
    private final Connection connection = new Connection();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A configuration; default: that of the JVM, else where the agent would look for it.")
    private @Nullable String config;

    private int wrong;

    @Override
    public Integer call() {
        java();
        String file = config;
        JsonNode jvm = jvm();
        if (file == null && jvm != null) {
            file = jvm.path("config_file").asText();
        }
        configuration(file);
        screen().line("");
        screen().line(
                        wrong == 0
                                ? screen().in(Tone.GOOD, "nothing is wrong")
                                : screen().in(Tone.BAD, wrong + " wrong"));
        return wrong == 0 ? FINE : BAD_NEWS;
    }

    private void java() {
        int feature = Runtime.version().feature();
        tell(
                "java",
                Runtime.version().toString(),
                feature >= OLDEST_JAVA ? "" : "run with Java " + OLDEST_JAVA + " or later");
    }

    private @Nullable JsonNode jvm() {
        try (AdminClient admin = connection.open()) {
            JsonNode found = admin.get("/api/resilience/doctor");
            tell(
                    "jvm",
                    admin.target() + ", Java " + found.path("java").asText() + ", resilience.jar "
                            + found.path("version").asText(),
                    "");
            String mode = found.path("mode").asText();
            tell(
                    "store",
                    mode
                            + (found.path("redis").isTextual()
                                    ? ", " + found.path("redis").asText()
                                    : ""),
                    mode.equals("degraded") ? "Redis does not answer this JVM: see below" : "");
            String error = found.path("config_error").asText("");
            tell(
                    "file",
                    found.path("config_file").asText(),
                    found.path("config_error").isTextual() ? "the file as it is now is not in force: " + error : "");
            long failures = found.path("gate_failures").asLong();
            tell(
                    "gate",
                    failures + " calls passed unguarded by a failure of the agent",
                    failures == 0 ? "" : "why is said below; please report it");
            fleet(admin.get("/api/resilience/instances"));
            woven(found.path("woven"));
            warnings(found.path("warnings"));
            clock(found.path("timestamp"));
            return found;
        } catch (Unreachable nobody) {
            screen().line(screen().in(Tone.QUIET, "-     jvm     ") + nobody.said());
            return null;
        }
    }

    private void fleet(JsonNode answer) {
        int there = 0;
        for (JsonNode instance : answer.path("instances")) {
            there += instance.path("lost").asBoolean() ? 0 : 1;
            if (instance.path("config_error").isTextual()) {
                tell(
                        "fleet",
                        instance.path("instance").asText() + " does not take its file: "
                                + instance.path("config_error").asText(),
                        "mend the file there; the configuration before is in force");
            }
        }
        JsonNode drift = answer.path("drift");
        tell(
                "fleet",
                drift.isTextual()
                        ? drift.asText()
                        : there + (there == 1 ? " instance" : " instances, one configuration"),
                drift.isTextual() ? "give all instances the same file" : "");
    }

    private void woven(JsonNode woven) {
        int good = 0;
        int shown = 0;
        for (JsonNode each : woven) {
            if (!each.path("failure").isTextual()) {
                good++;
            } else if (shown++ < MOST_SHOWN) {
                tell(
                        "woven",
                        each.path("class").asText() + " could not be woven: "
                                + each.path("failure").asText(),
                        "its calls are not protected; please report the library's version");
            }
        }
        tell(
                "woven",
                good + " classes",
                good > 0 ? "" : "no client that a rule could match was loaded yet: make a call, then ask again");
    }

    /** News, not a verdict: most of them are over. */
    private void warnings(JsonNode warnings) {
        for (JsonNode each : warnings) {
            screen().line(screen().in(Tone.QUIET, "-     said    ")
                    + each.path("message").asText() + " (" + each.path("times").asLong() + " times, last "
                    + each.path("last").asText() + ")");
        }
    }

    private void clock(JsonNode timestamp) {
        try {
            Duration off = Duration.between(Instant.parse(timestamp.asText()), Instant.now())
                    .abs();
            tell(
                    "clock",
                    "that JVM's differs from this one's by " + Words.span(off.toMillis()),
                    off.compareTo(CLOCK_SLACK) < 0
                            ? ""
                            : "circuits do not mind, but times shown differ: set the clock");
        } catch (DateTimeParseException none) {
            tell("clock", "not told", "");
        }
    }

    private void configuration(@Nullable String file) {
        ConfigLoad load = new ConfigDiscovery(Environment.ofJvm()).load(file);
        if (load instanceof ConfigLoad.None) {
            screen().line(screen().in(Tone.QUIET, "-     config  ") + "none here; name one by --config");
        } else if (load instanceof ConfigLoad.Broken broken) {
            for (ConfigProblem problem : broken.problems()) {
                tell("config", problem.toString(), "mend it: nothing of a broken file is used");
            }
        } else if (load instanceof ConfigLoad.Loaded loaded) {
            tell(
                    "config",
                    loaded.config().file() + ", " + loaded.config().services().size() + " services",
                    "");
            loaded.warnings().forEach(warning -> screen().line("      config  " + warning));
            RuleMatch.unreachable(loaded.config()).forEach(warning -> tell("config", warning, "put it before"));
            redis(loaded.config().redis());
        }
    }

    private void redis(@Nullable RedisConfig redis) {
        if (redis == null) {
            screen().line(screen().in(Tone.QUIET, "-     redis   ") + "none configured: state stays in each JVM alone");
            return;
        }
        // What the store tells an application's log, the findings tell here.
        PrintStream before = AgentLog.redirect(new PrintStream(OutputStream.nullOutputStream()));
        try {
            for (RedisDiagnosis.Finding finding : RedisDiagnosis.of(redis, DoctorCommand::daemon)) {
                tell("redis", finding.what(), finding.advice());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            AgentLog.redirect(before);
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "resilience-doctor");
        thread.setDaemon(true);
        return thread;
    }

    /** @param advice empty when all is well */
    private void tell(String subject, String what, String advice) {
        boolean good = advice.isEmpty();
        wrong += good ? 0 : 1;
        screen().line((good ? screen().in(Tone.GOOD, "ok    ") : screen().in(Tone.BAD, "wrong "))
                + subject
                + " ".repeat(Math.max(1, 8 - subject.length()))
                + what);
        if (!good) {
            screen().line("              " + screen().in(Tone.HEAD, advice));
        }
    }
}
