package dev.resilience.testapps.endtoend;

import dev.resilience.testapps.harness.CalComStandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configuration files that several tests share the shape of. */
final class Configs {

    private Configs() {}

    /**
     * One service, {@code calcom}, that five failures open.
     *
     * @param redis its address, or nothing for state that stays in the JVM
     * @param breaker further keys of the breaker
     */
    static Path calCom(Path directory, CalComStandIn calCom, String redis, String breaker) {
        return withRedis(directory, calCom, redis.isEmpty() ? "" : "redis: {url: \"" + redis + "\"}\n", breaker);
    }

    /** As the other, over a cluster. */
    static Path calCom(Path directory, CalComStandIn calCom, RedisCluster redis, String breaker) {
        return withRedis(directory, calCom, "redis: {nodes: " + redis.addresses() + "}\n", breaker);
    }

    private static Path withRedis(Path directory, CalComStandIn calCom, String redis, String breaker) {
        return write(directory, redis + """
                application: booking
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 5, open_when: either, %s}
                    endpoints:
                      - name: fetch_availability
                        http: {method: GET, host: 127.0.0.1, port: %d, path: /v1/availability/**}
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                """.formatted(breaker, calCom.port(), calCom.port()));
    }

    static Path write(Path directory, String yaml) {
        try {
            return Files.writeString(directory.resolve("resilience.yaml"), yaml);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
