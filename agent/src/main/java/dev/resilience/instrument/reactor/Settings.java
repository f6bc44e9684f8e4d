package dev.resilience.instrument.reactor;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.instrument.http.HiddenFields;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;

/** What a Reactor Netty client was told and tells nobody. */
final class Settings {

    private Settings() {}

    /** Whether some of the settings ({@code uri(Mono)}, {@code headersWhen}) are known only when the call is made. */
    static boolean deferred(HttpClient client) {
        return field(client.configuration(), "deferredConf") != null;
    }

    /** What sends the body and may set headers meanwhile; null for a call with neither. */
    static @Nullable Object sender(HttpClientConfig config) {
        return field(config, "body");
    }

    /** The same client with all its settings known; null when that cannot be had. */
    @SuppressWarnings("unchecked") // the field's type is part of what is known of it
    static @Nullable Mono<HttpClient> settled(HttpClient client) {
        try {
            HttpClientConfig config = client.configuration();
            Function<Mono<HttpClientConfig>, Mono<HttpClientConfig>> deferral =
                    (Function<Mono<HttpClientConfig>, Mono<HttpClientConfig>>) field(config, "deferredConf");
            if (deferral == null) {
                return null;
            }
            Constructor<HttpClientConfig> copy = HttpClientConfig.class.getDeclaredConstructor(HttpClientConfig.class);
            copy.setAccessible(true);
            Constructor<? extends HttpClient> renewed =
                    client.getClass().getDeclaredConstructor(HttpClientConfig.class);
            renewed.setAccessible(true);
            Field deferred = HttpClientConfig.class.getDeclaredField("deferredConf");
            deferred.setAccessible(true);
            return deferral.apply(Mono.just(copy.newInstance(config))).map(known -> {
                try {
                    deferred.set(known, null);
                    return renewed.newInstance(known);
                } catch (ReflectiveOperationException failure) {
                    Bridge.failed(failure);
                    return client;
                }
            });
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            Bridge.failed(unknown);
            return null;
        }
    }

    private static @Nullable Object field(HttpClientConfig config, String name) {
        try {
            return HiddenFields.value(config, name);
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }
}
