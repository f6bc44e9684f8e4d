package dev.resilience.instrument.jdbc;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * From where an address leads to one and the same database: a file's, and {@code localhost}, from one host or container alone,
 * what is in memory from one JVM. In doubt it is the nearer: sharing is lost then, and nobody gets another database's rows.
 */
final class Place {

    private static final Pattern WRAPPERS =
            Pattern.compile("^jdbc:(?:" + String.join("|", Vendor.WRAPPERS) + ")+(?:jdbc:)?");

    private static final Pattern FILES = Pattern.compile(
            "jdbc:(?:sqlite|duckdb|ucanaccess|h2(?!:(?:tcp|ssl):)|hsqldb(?!:(?:hsqls?|https?):)|derby(?!://)):?.*");

    private static final Pattern MEMORY =
            Pattern.compile(".*(?::[a-z]*mem[a-z]*:|mode=memory).*|jdbc:(?:sqlite|duckdb|hsqldb):?[.?]?");

    /**
     * Behind {@code //}, credentials, and Oracle's sign: a host, or another form of a list of hosts. Without them Sybase's and
     * IBM i's; Firebird's before its port alone, because its files may begin with a drive.
     */
    private static final Pattern HOST =
            Pattern.compile("(?:(?<!/)//(?:[^/?;@]*@)?|@(?:\\w+:)?(?://)?|[;?&(](?:servername|host)=)[^/?;:,&)\\s]"
                    + "|^jdbc:(?:sybase:tds:|as400:)[\\w\\[]"
                    + "|^jdbc:firebird(?:sql)?:(?:(?:java|native|fbclient):)?(?:[\\w.-]+|\\[[\\da-f:]+])/\\d+:");

    /** Wherever one may stand: a database of that name is taken for one, too. */
    private static final Pattern LOOPBACK = Pattern.compile("(?<![\\w.-])(?:127(?:\\.\\d+){1,3}|0(?:\\.0){1,3}"
            + "|(?:[\\w-]+\\.)*localhost(?:\\.localdomain)?|host\\.(?:docker|containers)\\.internal"
            + "|(?<!:)\\[?(?:0{0,4}:)+(?:0*1|(?:ffff:)?127(?:\\.\\d+){1,3})?(?=[\\]/?;,)]|$))(?![\\w.-])"
            + "|//\\.[/?;:\\\\]|\\(local\\)|fe80:");

    private static final Pattern SOCKET = Pattern.compile(
            "[;?&(,](?:localsocket|unix_?socket|socketfactory|(?:named)?pipe)=(?!false(?:[;&,)]|$))[^;&,)]");

    /** Google's connectors: by this name from everywhere, whatever else the address says. */
    private static final String NAMED = "cloudsqlinstance=";

    private Place() {}

    /** Null where the address leads there from everywhere. */
    static @Nullable String of(String url) {
        String lower = WRAPPERS.matcher(url.toLowerCase(Locale.ROOT)).replaceFirst("jdbc:");
        boolean file = FILES.matcher(lower).matches();
        if (file) {
            return MEMORY.matcher(lower).matches() ? Here.JVM : Here.FILES;
        }
        if (lower.contains(NAMED)) {
            return null;
        }
        if (SOCKET.matcher(lower).find()) {
            return Here.FILES;
        }
        Matcher host = HOST.matcher(lower);
        return host.find() && !LOOPBACK.matcher(lower).find() ? null : Here.NETWORK;
    }

    /** Told by the kernel: host names are generated, given twice, and may be asked of a name server. */
    private static final class Here {

        static final String JVM = UUID.randomUUID().toString();

        private static final String HOST = read("hostname") + read("random/boot_id");

        static final String NETWORK = known("net");

        /** Services may have directories of their own. */
        static final String FILES = known("mnt");

        private static String known(String space) {
            try {
                return HOST.isEmpty() ? JVM : HOST + Files.readSymbolicLink(Path.of("/proc/self/ns/" + space));
            } catch (IOException | RuntimeException untold) {
                return JVM;
            }
        }

        /** By a stream that a thread's interrupt does not close. Empty where there is no such kernel. */
        private static String read(String name) {
            try (FileInputStream told = new FileInputStream("/proc/sys/kernel/" + name)) {
                return new String(told.readAllBytes(), StandardCharsets.UTF_8).strip() + " ";
            } catch (IOException | RuntimeException untold) {
                return "";
            }
        }
    }
}
