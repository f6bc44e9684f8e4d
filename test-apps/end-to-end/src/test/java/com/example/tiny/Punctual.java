package com.example.tiny;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls one address again and again from one thread, and says of each call how it ended and how often the thread stood still in
 * it for another one: by the JVM's own count, which a slow machine does not change. {@link HttpURLConnection} itself waits
 * for the network alone, which is not counted. Arguments: the address.
 */
public final class Punctual {

    private static final long PAUSE_NANOS = 10_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Punctual() {}

    public static void main(String[] arguments) throws Exception {
        URL address = URI.create(arguments[0]).toURL();
        long before = standstills();
        LockSupport.parkNanos(1_000);
        if (standstills() == before) {
            throw new IllegalStateException("this JVM does not count what is looked for");
        }
        while (true) {
            before = standstills();
            String outcome = call(address);
            System.out.println("call: " + outcome + ", stood still " + (standstills() - before));
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static long standstills() {
        ThreadInfo own = THREADS.getThreadInfo(Thread.currentThread().getId());
        return own.getWaitedCount() + own.getBlockedCount();
    }

    private static String call(URL address) {
        try {
            HttpURLConnection connection = (HttpURLConnection) address.openConnection();
            int status = connection.getResponseCode();
            try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                body.readAllBytes();
            }
            return Integer.toString(status);
        } catch (IOException failure) {
            return failure.getClass().getSimpleName();
        }
    }
}
