package dev.resilience.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * The admin API as a JMX operation, for tools on the same host: who may attach to the process needs no token, and it works
 * where the port is off. Thread-safe; the caller waits on a thread of the JMX connector.
 */
final class ApiOperation {

    /** {@code status} as in HTTP, {@code contentType}, {@code body}. */
    static final CompositeType ANSWER = answer();

    private static final String[] NAMES = {"status", "contentType", "body"};
    private static final long PATIENCE_SECONDS = 10;

    private final Supplier<Router> routes;

    /** Null until somebody asks. */
    private volatile @Nullable Router router;

    /** @param routes asked for the first question, not when the bean is made */
    ApiOperation(Supplier<Router> routes) {
        this.routes = routes;
    }

    CompositeData ask(String method, String pathAndQuery) {
        Reply reply = reply(method.toUpperCase(Locale.ROOT), pathAndQuery);
        try {
            return new CompositeDataSupport(ANSWER, NAMES.clone(), new Object[] {
                reply.status(), reply.contentType(), new String(reply.body(), StandardCharsets.UTF_8)
            });
        } catch (OpenDataException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private Reply reply(String method, String pathAndQuery) {
        try {
            QueryStringDecoder uri = new QueryStringDecoder(pathAndQuery);
            Query query = new Query(method, uri.path(), uri.parameters(), "", "", "JMX");
            return router().answer(query).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (IllegalArgumentException badEscape) {
            return new Problem(400, "Bad request", "the address cannot be decoded").reply();
        } catch (TimeoutException | ExecutionException slow) {
            return new Problem(503, "Busy", "there was no answer in " + PATIENCE_SECONDS + " s").reply();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return new Problem(503, "Busy", "interrupted").reply();
        }
    }

    private Router router() {
        Router known = router;
        if (known == null) {
            known = routes.get();
            router = known;
        }
        return known;
    }

    private static CompositeType answer() {
        try {
            return new CompositeType(
                    "Answer",
                    "An answer of the admin API",
                    new String[] {"status", "contentType", "body"},
                    new String[] {"As in HTTP", "Type of the body", "The body"},
                    new OpenType<?>[] {SimpleType.INTEGER, SimpleType.STRING, SimpleType.STRING});
        } catch (OpenDataException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
