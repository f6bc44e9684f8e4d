package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks at everything that can be wrong and says what to do. */
@CommandLine.Command(
        name = "doctor",
        description = "Checks Java, configuration, Redis and a running JVM, and says what to do; exit status 1 when"
                + " something is wrong, 2 when all that is wrong is that the JVM that is named does not answer.")
final class DoctorCommand extends Command {

    private static final int OLDEST_JAVA = 17;
    private static final Duration CLOCK_SLACK = Duration.ofSeconds(30);
    private static final int MOST_SHOWN = 20;

    /** As the store warns of it. */
    private static final Pattern AWAY = Pattern.compile("^(Redis at .* does not answer \\(.*\\)): ");

    @Mixin
    private final Connection connection = new Connection();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A configuration; default: that of the JVM, else where the agent would look for it.")
    private @Nullable String config;

    @Option(names = "--json", description = "Prints what was found as JSON, for scripts.")
    private boolean json;

    private final ArrayNode findings = Json.object().putArray("findings");
    private int wrong;
    private boolean unanswered;

    @Override
    public Integer call() {
        java();
        JsonNode jvm = jvm();
        String file = config;
        if (file == null && jvm != null && connection.toAnotherHost()) {
            say("config", "on that JVM's host; name one of this host by --config");
            ofRedis(jvm);
        } else if (file == null && jvm != null) {
            configuration(jvm.path("config_file").asText(), jvm);
        } else {
            configuration(file, null);
        }
        if (json) {
            ObjectNode body = Json.object().put("healthy", wrong == 0).put("wrong", wrong);
            body.set("findings", findings);
            screen().json(body);
            return status();
        }
        screen().line("");
        screen().line(
                        wrong == 0
                                ? screen().in(Tone.GOOD, "nothing is wrong")
                                : screen().in(Tone.BAD, wrong + " wrong"));
        return status();
    }

    /** What was found counts for more than that nobody answered. */
    private int status() {
        return wrong == 0 ? FINE : unanswered && wrong == 1 ? NOT_DONE : BAD_NEWS;
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
            if (connection.namesOne()) {
                unanswered = true;
                tell("jvm", nobody.said(), "start it with the agent, or name the one that is meant");
            } else {
                say("jvm", nobody.said());
            }
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
        for (JsonNode instance : answer.path("instances")) {
            if (instance.path("namesake").isTextual()) {
                tell("fleet", Words.namesake(instance), "give each JVM an `instance` of its own, or none");
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
            say(
                    "said",
                    each.path("message").asText() + " (" + each.path("times").asLong() + " times, last "
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

    /** @param jvm the one that has it in force, whose word on it is said already; null where this command's own is asked for */
    private void configuration(@Nullable String file, @Nullable JsonNode jvm) {
        ConfigLoad load = new ConfigDiscovery(Environment.ofJvm()).load(file);
        if (load instanceof ConfigLoad.None) {
            say("config", "none here; name one by --config");
        } else if (load instanceof ConfigLoad.Broken broken) {
            for (ConfigProblem problem : broken.problems()) {
                if (jvm == null) {
                    tell("config", problem.toString(), "mend it: nothing of a broken file is used");
                } else {
                    say("config", "read with this command's environment and rights: " + problem);
                }
            }
            if (jvm != null) {
                ofRedis(jvm);
            }
        } else if (load instanceof ConfigLoad.Loaded loaded) {
            tell(
                    "config",
                    loaded.config().file() + ", "
                            + Words.counted(loaded.config().services().size(), "service"),
                    "");
            loaded.warnings().forEach(warning -> say("config", warning.toString()));
            RuleMatch.unreachable(loaded.config())
                    .forEach(warning -> tell("config", warning.toString(), "put it before"));
            redis(loaded.config().redis(), jvm);
        }
    }

    /** What a JVM knows of its Redis, where this command cannot look itself. */
    private void ofRedis(JsonNode jvm) {
        String said = saidOfRedis(jvm);
        if (jvm.path("mode").asText().equals("degraded") && said != null) {
            tell("redis", said, RedisDiagnosis.advice(said, "PREFIX"));
        }
    }

    private void redis(@Nullable RedisConfig redis, @Nullable JsonNode jvm) {
        if (redis == null) {
            say("redis", "none configured: state stays in each JVM alone");
            return;
        }
        // What the store tells an application's log, the findings tell here.
        PrintStream before = AgentLog.redirect(new PrintStream(OutputStream.nullOutputStream()));
        try {
            List<RedisDiagnosis.Finding> findings = RedisDiagnosis.of(redis, DoctorCommand::daemon);
            if (jvm != null && !RedisDiagnosis.reached(findings)) {
                notReachedFromHere(findings.get(0), redis, jvm);
                return;
            }
            for (RedisDiagnosis.Finding finding : findings) {
                tell("redis", finding.what(), finding.advice());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            AgentLog.redirect(before);
        }
    }

    /** The JVM is what matters: it may trust what this command does not, and be let in where this command is not. */
    private void notReachedFromHere(RedisDiagnosis.Finding here, RedisConfig redis, JsonNode jvm) {
        String mode = jvm.path("mode").asText();
        String said = saidOfRedis(jvm);
        if (mode.equals("shared")) {
            say("redis", "that JVM shares it; not looked at further: for this command " + here.what() + trust(here));
        } else if (mode.equals("degraded") && said != null) {
            tell("redis", said, RedisDiagnosis.advice(said, redis.keyPrefix()));
            say("redis", "for this command " + here.what() + trust(here));
        } else {
            tell("redis", here.what() + trust(here), here.advice());
        }
    }

    private static String trust(RedisDiagnosis.Finding finding) {
        return finding.what().contains("certification path") || finding.what().contains("PKIX")
                ? " (it trusts what java -Djavax.net.ssl.trustStore=FILE -jar resilience.jar doctor is given)"
                : "";
    }

    /** Why Redis does not answer that JVM, in its words, of which the last come first; null when it has not said. */
    private static @Nullable String saidOfRedis(JsonNode jvm) {
        for (JsonNode each : jvm.path("warnings")) {
            Matcher away = AWAY.matcher(each.path("message").asText());
            if (away.find()) {
                return away.group(1);
            }
        }
        return null;
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
        note(subject, good ? "ok" : "wrong", what).put("advice", good ? null : advice);
        if (json) {
            return;
        }
        screen().line((good ? screen().in(Tone.GOOD, "ok    ") : screen().in(Tone.BAD, "wrong "))
                + subject
                + " ".repeat(Math.max(1, 8 - subject.length()))
                + what);
        if (!good) {
            screen().line("              " + screen().in(Tone.HEAD, advice));
        }
    }

    /** What is neither good nor wrong. */
    private void say(String subject, String what) {
        note(subject, "note", what).putNull("advice");
        if (!json) {
            screen().line(screen().in(Tone.QUIET, "-     " + subject + " ".repeat(Math.max(1, 8 - subject.length())))
                    + what);
        }
    }

    private ObjectNode note(String subject, String verdict, String what) {
        return findings.addObject()
                .put("subject", subject)
                .put("verdict", verdict)
                .put("what", what);
    }
}
