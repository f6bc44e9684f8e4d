package dev.resilience.config;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What this JVM is called where the file does not say. */
public final class Identity {

    /** One with a point may be followed by anything; of whole numbers only what marks a version besides. */
    private static final Pattern VERSION = Pattern.compile(
            "[-_]v?\\d+(?:\\.\\d+[-+._0-9A-Za-z]*|(?:[-.](?i:SNAPSHOT|RELEASE|FINAL|GA|RC\\d*|M\\d+))?)$");

    /** A journal without a single call, bytes at most. */
    private static final int EMPTY_JOURNAL = 64;

    private final Environment environment;

    public Identity(Environment environment) {
        this.environment = environment;
    }

    /**
     * As other tools call it: {@code OTEL_SERVICE_NAME}, {@code spring.application.name}; else the main class, or the jar
     * without its version, so that the next release has the same name.
     */
    public String application() {
        String name = environment.variable("OTEL_SERVICE_NAME");
        name = isBlank(name) ? environment.property("spring.application.name") : name;
        name = isBlank(name) ? environment.variable("SPRING_APPLICATION_NAME") : name;
        name = isBlank(name) ? SpringName.of(environment.property("java.class.path"), environment.directory()) : name;
        name = isBlank(name) ? program(environment.property("sun.java.command")) : name;
        return name == null || isBlank(name) ? "application" : name.trim();
    }

    /** Host name, process id and a random suffix. */
    public String instance() {
        // Not a secret and drawn once: the nanosecond clock, mixed, spares the start of a random generator.
        long mixed = System.nanoTime() * 0x9E3779B97F4A7C15L;
        String suffix = Long.toHexString((mixed >>> 40) | 0x1000000L).substring(1);
        return host() + "-" + pid() + "-" + suffix;
    }

    /** {@code ~/.resilience/<application>}, with only such characters as any file system takes. */
    Path stateDir(String application) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < application.length() && i < 100; i++) {
            char c = application.charAt(i);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_' || (c == '.' && i > 0));
            name.append(plain ? c : '_');
        }
        String home = environment.property("user.home");
        Path base = home == null || home.isBlank() ? environment.directory() : Path.of(home);
        return base.resolve(".resilience").resolve(name.toString());
    }

    /**
     * Directories of other releases of this application that hold calls taken in charge: earlier versions of the agent named
     * an application by its jar with the version. Empty where {@code stateDir} is not the usual one.
     */
    public List<Path> leftBeside(String application, Path stateDir) {
        String program = program(environment.property("sun.java.command"));
        Path parent = stateDir.getParent();
        if (program == null || parent == null || !stateDir.equals(stateDir(application))) {
            return List.of();
        }
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> beside = Files.newDirectoryStream(parent)) {
            for (Path each : beside) {
                if (withoutVersion(each.getFileName().toString()).equals(program)
                        && !each.equals(stateDir)
                        && holdsCalls(each.resolve("queue"))) {
                    left.add(each);
                }
            }
        } catch (IOException | DirectoryIteratorException none) {
            return List.of();
        }
        Collections.sort(left);
        return left;
    }

    private static boolean holdsCalls(Path queue) throws IOException {
        if (!Files.isDirectory(queue)) {
            return false;
        }
        try (DirectoryStream<Path> journals = Files.newDirectoryStream(queue, "*.journal")) {
            for (Path journal : journals) {
                if (Files.size(journal) > EMPTY_JOURNAL) {
                    return true;
                }
            }
        }
        return false;
    }

    /** {@code booking-1.2.3-SNAPSHOT} is {@code booking}. */
    static String withoutVersion(String name) {
        Matcher version = VERSION.matcher(name);
        return version.find() && version.start() > 0 ? name.substring(0, version.start()) : name;
    }

    /** The main class without its package, or the jar without directory, version and extension; null when neither is known. */
    static @Nullable String program(@Nullable String command) {
        if (command == null || command.isBlank()) {
            return null;
        }
        String line = command.trim();
        int jar = line.indexOf(".jar");
        while (jar >= 0 && jar + 4 < line.length() && line.charAt(jar + 4) != ' ') {
            jar = line.indexOf(".jar", jar + 4);
        }
        int blank = line.indexOf(' ');
        // A jar's path may have blanks in it, and a main class may get a jar as its argument.
        boolean isJar = jar > 0 && (blank < 0 || jar < blank || line.lastIndexOf('/', blank) >= 0);
        if (isJar) {
            String path = line.substring(0, jar).replace('\\', '/');
            return withoutVersion(path.substring(path.lastIndexOf('/') + 1));
        }
        String main = blank < 0 ? line : line.substring(0, blank);
        main = main.substring(main.lastIndexOf('/') + 1);
        return main.substring(main.lastIndexOf('.') + 1);
    }

    /** Read off the file system where that can be done: {@link ProcessHandle} costs a start some 15 ms. */
    private static String pid() {
        try {
            return Long.toString(
                    Long.parseLong(new File("/proc/self").getCanonicalFile().getName()));
        } catch (IOException | NumberFormatException anotherKindOfSystem) {
            return Long.toString(ProcessHandle.current().pid());
        }
    }

    /** Never asks the network: a look-up of our own name can hang for seconds. */
    private String host() {
        String name = environment.variable("HOSTNAME");
        name = isBlank(name) ? environment.variable("COMPUTERNAME") : name;
        name = isBlank(name) ? line(Path.of("/proc/sys/kernel/hostname")) : name;
        name = isBlank(name) ? line(Path.of("/etc/hostname")) : name;
        return name == null || isBlank(name) ? "host" : name.trim();
    }

    private static @Nullable String line(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file).trim() : null;
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }
}
