package com.example.crowded;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.util.Version;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.Map;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.matcher.ElementMatchers;
import org.yaml.snakeyaml.Yaml;

/**
 * An application that uses, in versions of its own, the libraries that the agent has inside. Prints one line for each: what it did, by
 * which version, from which jar.
 *
 * <p>Argument: a Redis URL, or none to leave Redis out.
 */
public final class CrowdedApplication {

    private CrowdedApplication() {}

    public static void main(String[] arguments) throws Exception {
        say("snakeyaml", Yaml.class, new Yaml().load("{a: [1, 2]}").toString());
        say("jackson", ObjectMapper.class, new ObjectMapper().writeValueAsString(Map.of("a", 1)));
        say("byte-buddy", ByteBuddy.class, wovenText());
        say("caffeine", Caffeine.class, cached());
        say("opentelemetry", Span.class, tracedId());
        say("netty", Version.class, Version.identify().get("netty-common").artifactVersion());
        if (arguments.length > 0) {
            say("lettuce", RedisClient.class, roundTrip(arguments[0]));
        }
        System.out.println("done");
    }

    private static String wovenText() throws ReflectiveOperationException {
        return new ByteBuddy()
                .subclass(Object.class)
                .method(ElementMatchers.named("toString"))
                .intercept(FixedValue.value("woven"))
                .make()
                .load(CrowdedApplication.class.getClassLoader(), ClassLoadingStrategy.Default.WRAPPER)
                .getLoaded()
                .getConstructor()
                .newInstance()
                .toString();
    }

    private static String cached() {
        Cache<String, String> cache = Caffeine.newBuilder().maximumSize(1).build();
        return String.valueOf(cache.get("key", key -> "value of " + key));
    }

    private static String tracedId() {
        try (SdkTracerProvider provider = SdkTracerProvider.builder().build()) {
            Span span = provider.get("crowded").spanBuilder("span").startSpan();
            span.end();
            return span.getSpanContext().isValid() ? "a valid span" : "no span";
        }
    }

    private static String roundTrip(String url) {
        RedisClient client = RedisClient.create(url);
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            connection.sync().set("crowded", "here");
            return connection.sync().get("crowded");
        } finally {
            client.shutdown();
        }
    }

    private static void say(String library, Class<?> used, String result) {
        String jar = used.getProtectionDomain().getCodeSource().getLocation().getPath();
        System.out.println(library + ": " + result + " (" + jar.substring(jar.lastIndexOf('/') + 1) + ")");
    }
}
