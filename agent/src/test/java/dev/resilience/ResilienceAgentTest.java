package dev.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An environment's {@code JAVA_TOOL_OPTIONS} brings the agent to every JVM, not only to the application's. */
class ResilienceAgentTest {

    @TempDir
    private Path folder;

    @Test
    void tools_of_the_jdk_are_no_application_and_source_files_are() {
        assertThat(ResilienceAgent.isTool("jdk.jcmd", "jdk.jcmd/sun.tools.jcmd.JCmd 1 help"))
                .isTrue();
        assertThat(ResilienceAgent.isTool("jdk.compiler", "jdk.compiler/com.sun.tools.javac.Main A.java"))
                .isTrue();
        assertThat(ResilienceAgent.isTool(
                        "jdk.compiler", "jdk.compiler/com.sun.tools.javac.launcher.Main Application.java"))
                .isFalse();
        assertThat(ResilienceAgent.isTool("", "app.jar")).isFalse();
        assertThat(ResilienceAgent.isTool("com.example.booking", "com.example.booking/com.example.Main"))
                .isFalse();
    }

    @Test
    void the_command_line_of_this_jar_is_no_application() throws Exception {
        assertThat(ResilienceAgent.isOurs(jar("my-resilience-1.jar", "dev.resilience.ResilienceAgent")))
                .isTrue();
        assertThat(ResilienceAgent.isOurs(jar("resilience-demo.jar", "com.example.Main")))
                .isFalse();
        assertThat(ResilienceAgent.isOurs("a.jar:b.jar")).isFalse();
        assertThat(ResilienceAgent.isOurs("")).isFalse();
        assertThat(ResilienceAgent.isOurs(Files.writeString(folder.resolve("resilience.jar"), "no jar")
                        .toString()))
                .isFalse();
    }

    private String jar(String name, String main) throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main);
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            new JarOutputStream(out, manifest).close();
        }
        return file.toString();
    }
}
