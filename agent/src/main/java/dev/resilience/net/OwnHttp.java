package dev.resilience.net;

import java.net.http.HttpClient;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the agent's own HTTP clients. The JDK gives each one a thread of its own with a name of its own; among an
 * application's threads ours are to be known by their names.
 */
public final class OwnHttp {

    /** The end of a client's text, its number among this JVM's clients. */
    private static final Pattern NUMBER = Pattern.compile("\\((\\d+)\\)$");

    private OwnHttp() {}

    /** @param name what follows {@code resilience-} in the name of the client's thread */
    public static HttpClient client(HttpClient.Builder builder, String name) {
        HttpClient client = builder.build();
        Matcher number = NUMBER.matcher(client.toString());
        if (number.find()) {
            rename("HttpClient-" + number.group(1) + "-SelectorManager", "resilience-" + name);
        }
        return client;
    }

    private static void rename(String from, String to) {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        Thread[] threads = new Thread[group == null ? 0 : group.activeCount() + 16];
        int count = group == null ? 0 : group.enumerate(threads, false);
        for (int i = 0; i < count; i++) {
            if (threads[i].getName().equals(from)) {
                threads[i].setName(to);
            }
        }
    }
}
