package dev.resilience.matrix;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A body that counts how often it was begun, and has nothing to give a second time. */
final class Once {

    final AtomicInteger begun = new AtomicInteger();
    final byte[] bytes;

    Once() {
        this(100_000);
    }

    Once(int length) {
        bytes = Arrays.copyOf(TestServer.LARGE, length);
    }

    byte[] bytes() {
        return begun.incrementAndGet() == 1 ? bytes : new byte[0];
    }

    /** As a stream that is begun when it is first read. */
    InputStream stream() {
        return new InputStream() {
            private InputStream given;

            @Override
            public int read() throws IOException {
                return given().read();
            }

            @Override
            public int read(byte[] into, int from, int most) throws IOException {
                return given().read(into, from, most);
            }

            /** Some clients send one that has nothing at hand in tiny pieces. */
            @Override
            public int available() throws IOException {
                return given == null ? bytes.length : given.available();
            }

            private InputStream given() {
                if (given == null) {
                    given = new ByteArrayInputStream(bytes());
                }
                return given;
            }
        };
    }
}
