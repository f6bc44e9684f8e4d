package dev.resilience.matrix;

import java.net.URI;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;

/** As {@link Tour}, with a body by each client that the JVM has no room to hold, although its rule keeps answers. */
final class HugeTour {

    /** A JVM argument: room for little more than one such body. */
    static final String HEAP = "-Xmx90m";

    /** Clients that hold whole bodies, as they are called here. */
    static final Set<String> HOLDING = Set.of("okhttp-async", "vertx-webclient");

    private HugeTour() {}

    public static void main(String[] arguments) {
        Tour.clients().forEach((name, client) -> {
            if (!HOLDING.contains(name)) {
                System.out.println(name + ": " + visited(arguments[0], name, client));
            }
        });
        System.exit(0);
    }

    private static String visited(String base, String name, HttpClientConformance client) {
        try {
            MessageDigest got = MessageDigest.getInstance("SHA-256");
            client.pieces(Outgoing.get(URI.create(base + "/guarded/huge/" + name)), got::update);
            return Arrays.equals(got.digest(), TestServer.hugeDigest()) ? "as promised" : "another body";
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
            return failure.toString();
        }
    }
}
