package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that is a module, on the module path and in an image of its own. */
class ModulesTest {

    private static final String MAIN = """
            package com.example.modular;

            import java.net.URI;
            import java.net.http.*;

            public class Main {
                public static void main(String[] arguments) throws Exception {
                    HttpClient client = HttpClient.newHttpClient();
                    for (int i = 0; i < 7; i++) {
                        try {
                            System.out.println("answer: " + client.send(
                                            HttpRequest.newBuilder(URI.create(arguments[0])).build(),
                                            HttpResponse.BodyHandlers.ofString())
                                    .statusCode());
                        } catch (java.io.IOException failure) {
                            System.out.println("failure: " + failure.getClass().getName());
                        }
                    }
                }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void on_the_module_path() throws Exception {
        Path modules = compiled();
        try (CalComStandIn calCom = new CalComStandIn()) {
            calCom.become(Health.ERRORS);
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .agent(Built.agent(), config)
                    .jvm("-p", modules.toString(), "-m", "modular/com.example.modular.Main", address(calCom))
                    .alone()) {
                rejectsTheLastTwo(jvm);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "modular,java.instrument",
                "modular,java.instrument,java.sql,java.management,jdk.management",
            })
    void in_an_image_of_its_own(String parts) throws Exception {
        Path modules = compiled();
        Path image = directory.resolve("image");
        run("jlink", "--module-path", modules.toString(), "--add-modules", parts, "--output", image.toString());
        try (CalComStandIn calCom = new CalComStandIn()) {
            calCom.become(Health.ERRORS);
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (JvmUnderTest jvm = JvmUnderTest.command(image)
                    .in(directory)
                    .agent(Built.agent(), config)
                    .jvm("-m", "modular/com.example.modular.Main", address(calCom))
                    .alone()) {
                rejectsTheLastTwo(jvm);
            }
        }
    }

    private static void rejectsTheLastTwo(JvmUnderTest jvm) throws InterruptedException {
        assertThat(jvm.awaitExit()).as("%s %s", jvm.out(), jvm.err()).isZero();
        assertThat(jvm.out())
                .containsExactly(
                        "answer: 503",
                        "answer: 503",
                        "answer: 503",
                        "answer: 503",
                        "answer: 503",
                        "failure: dev.resilience.CircuitBreakerOpenException",
                        "failure: dev.resilience.CircuitBreakerOpenException");
        assertThat(jvm.err()).allMatch(line -> line.startsWith("[resilience] INFO "));
    }

    private static String address(CalComStandIn calCom) {
        return calCom.url().resolve("/v1/availability/today").toString();
    }

    private Path compiled() throws Exception {
        Path source = Files.createDirectories(directory.resolve("src/com/example/modular"));
        Files.writeString(source.resolve("Main.java"), MAIN);
        Path module = Files.writeString(
                directory.resolve("src/module-info.java"),
                "module modular { requires java.net.http; exports com.example.modular; }");
        Path modules = directory.resolve("modules");
        run(
                "javac",
                "-d",
                modules.resolve("modular").toString(),
                module.toString(),
                source.resolve("Main.java").toString());
        return modules;
    }

    private static void run(String tool, String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        int status = ToolProvider.findFirst(tool).orElseThrow().run(writer, writer, arguments);
        assertThat(status).as(said.toString()).isZero();
    }
}
