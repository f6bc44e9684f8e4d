package dev.resilience.fallback;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.StatusRange;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The same call to another region: the regions in order, each with a circuit of its own, until one answers well. Thread-safe.
 *
 * <p>A call that was made and failed may have taken effect where it failed, also in a region: only one that is safe to repeat
 * is made elsewhere then. One that was rejected, or found no connection, was never made, and goes on whatever its method.
 */
final class Failover implements Strategy {

    static final String NAME = "failover";

    private static final String TRACEPARENT = "traceparent";

    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final byte[] EMPTY = {};

    private final List<Region> regions = new ArrayList<>();
    private final Circuits circuits;
    private final RegionClient client;
    private final String service;
    private final EndpointConfig endpoint;
    private final Duration timeout;
    private final LongSupplier nanoTime;

    private record Region(URI base, String circuit) {}

    Failover(
            List<String> urls,
            Circuits circuits,
            RegionClient client,
            String service,
            EndpointConfig endpoint,
            LongSupplier nanoTime) {
        for (String url : urls) {
            regions.add(new Region(URI.create(url), circuitName(service, url)));
        }
        this.circuits = circuits;
        this.client = client;
        this.service = service;
        this.endpoint = endpoint;
        Duration deadline = endpoint.deadline();
        this.timeout = deadline == null || deadline.compareTo(LONGEST) > 0 ? LONGEST : deadline;
        this.nanoTime = nanoTime;
    }

    /** {@code calcom@eu.cal.com}, as a service's circuits per host are called. */
    static String circuitName(String service, String url) {
        String authority = URI.create(url).getRawAuthority();
        String host = authority == null ? url : authority.substring(authority.lastIndexOf('@') + 1);
        return service + "@" + host.toLowerCase(Locale.ROOT).replace(':', '-');
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean readsBody(Request.Http request) {
        return true;
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        if (!(request instanceof Request.Http http)
                || (!trouble.rejected() && !http.idempotent() && !neverLeft(trouble.failure()))) {
            return CompletableFuture.completedFuture(null);
        }
        byte[] body = http.body();
        return body == null ? CompletableFuture.completedFuture(null) : ask(0, http, body, trouble);
    }

    private CompletionStage<@Nullable Answer> ask(int index, Request.Http request, byte[] body, Trouble trouble) {
        if (index == regions.size()) {
            return CompletableFuture.completedFuture(null);
        }
        Region region = regions.get(index);
        Circuit circuit = circuits.find(region.circuit());
        CompletionStage<@Nullable Permit> asked = circuit == null
                ? CompletableFuture.completedFuture(null)
                : circuit.tryAcquireAsync().thenApply(permit -> permit);
        return asked.thenCompose(permit -> {
            if (permit != null && !permit.granted()) {
                return ask(index + 1, request, body, trouble);
            }
            return call(region, circuit, permit, request, body, trouble.trace()).thenCompose(tried -> {
                RegionClient.Response good = tried.good();
                if (good != null) {
                    return CompletableFuture.completedFuture(answer(request, good, trouble));
                }
                return tried.mayHaveArrived() && !request.idempotent()
                        ? CompletableFuture.completedFuture(null)
                        : ask(index + 1, request, body, trouble);
            });
        });
    }

    /** What became of a call to a region. @param good null where it is no answer to give */
    private record Tried(RegionClient.@Nullable Response good, boolean mayHaveArrived) {}

    private CompletionStage<Tried> call(
            Region region,
            @Nullable Circuit circuit,
            @Nullable Permit permit,
            Request.Http request,
            byte[] body,
            @Nullable String trace) {
        long begin = nanoTime.getAsLong();
        CompletionStage<RegionClient.Response> made;
        try {
            made = client.call(
                    request.method(), there(region.base(), request.uri()), headers(request, trace), body, timeout);
        } catch (RuntimeException impossible) {
            made = CompletableFuture.failedFuture(impossible);
        }
        return made.handle((response, failure) -> {
            boolean bad = response == null || failed(response.status());
            if (circuit != null && permit != null) {
                circuit.settle(permit, bad ? Outcome.FAILURE : Outcome.SUCCESS, nanoTime.getAsLong() - begin);
            }
            return new Tried(bad ? null : response, !neverLeft(failure));
        });
    }

    /** Those of the application, and of which span the call is where it does not say so itself. */
    private static List<Answer.Header> headers(Request.Http request, @Nullable String trace) {
        if (trace == null || !request.header(TRACEPARENT).isEmpty()) {
            return request.headers();
        }
        List<Answer.Header> headers = new ArrayList<>(request.headers());
        headers.add(new Answer.Header(TRACEPARENT, trace));
        return headers;
    }

    /** Whether there was no connection to send anything on, in whatever client's words. */
    private static boolean neverLeft(@Nullable Throwable failure) {
        Throwable inner = failure;
        for (int depth = 0; inner != null && depth < 10; depth++) {
            if (inner instanceof ConnectException
                    || inner instanceof UnknownHostException
                    || inner instanceof NoRouteToHostException
                    || inner instanceof UnresolvedAddressException
                    || inner.getClass().getSimpleName().endsWith("ConnectTimeoutException")
                    || (inner instanceof SocketTimeoutException && isOfConnecting(inner.getMessage()))) {
                return true;
            }
            inner = inner.getCause();
        }
        return false;
    }

    /** The JDK's words where connecting took too long. */
    private static boolean isOfConnecting(@Nullable String message) {
        return message != null && message.toLowerCase(Locale.ROOT).startsWith("connect");
    }

    private boolean failed(int status) {
        for (StatusRange range : endpoint.failures().status()) {
            if (range.contains(status)) {
                return true;
            }
        }
        return false;
    }

    private Answer answer(Request.Http request, RegionClient.Response response, Trouble trouble) {
        List<String> connection = Headers.values(response.headers(), "Connection");
        boolean head = request.method().equalsIgnoreCase("HEAD");
        List<Answer.Header> headers = new ArrayList<>();
        for (Answer.Header header : response.headers()) {
            boolean length = header.name().equalsIgnoreCase("Content-Length") && !head;
            if (!length && !header.name().startsWith(":") && !Headers.hopByHop(header.name(), connection)) {
                headers.add(header);
            }
        }
        if (!head) {
            headers.add(new Answer.Header("Content-Length", Integer.toString(response.body().length)));
        }
        Marks.add(headers, NAME, service, trouble);
        return new Answer.Http(NAME, response.status(), List.copyOf(headers), head ? EMPTY : response.body());
    }

    /** The same path and query below the region's address. */
    private static URI there(URI base, URI asked) {
        String path = asked.getRawPath() == null ? "" : asked.getRawPath();
        String below = base.getRawPath() == null ? "" : base.getRawPath();
        String prefix = below.endsWith("/") ? below.substring(0, below.length() - 1) : below;
        String query = asked.getRawQuery() == null ? "" : "?" + asked.getRawQuery();
        return URI.create(base.getScheme() + "://" + base.getRawAuthority() + prefix + path + query);
    }
}
