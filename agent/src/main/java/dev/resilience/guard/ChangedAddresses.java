package dev.resilience.guard;

import dev.resilience.fallback.StaleCache;
import dev.resilience.rule.RuleTable;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was kept of an address is outdated once a call that changes it went well: RFC 9111 section 4.4. It is kept by the rules
 * for reading that address, which are seldom that of the call.
 */
final class ChangedAddresses {

    /** Other addresses that a response may say it is about. */
    private static final List<String> PLACES = List.of("Location", "Content-Location");

    private final Supplier<RuleTable<ServiceEndpoint>> rules;

    ChangedAddresses(Supplier<RuleTable<ServiceEndpoint>> rules) {
        this.rules = rules;
    }

    /** @param response to the call that changed it */
    void changed(URI address, HttpResponseView response) {
        changed(address);
        for (String header : PLACES) {
            List<String> named = response.header(header);
            URI place = named.isEmpty() ? null : sameOrigin(address, named.get(0));
            if (place != null && !place.equals(address)) {
                changed(place);
            }
        }
    }

    void changed(URI address) {
        ServiceEndpoint getting = reading("GET", address);
        ServiceEndpoint asking = reading("HEAD", address);
        forget(getting, address);
        if (asking != getting) {
            forget(asking, address);
        }
    }

    private @Nullable ServiceEndpoint reading(String method, URI address) {
        String host = address.getHost();
        Authority authority = host == null ? Authority.of(address) : new Authority(host, address.getPort());
        return rules.get().http(method, address.getScheme(), authority.host(), authority.port(), address.getRawPath());
    }

    private static void forget(@Nullable ServiceEndpoint endpoint, URI address) {
        if (endpoint == null) {
            return;
        }
        StaleCache cache = endpoint.chain().staleCache();
        if (cache != null) {
            cache.forget(address, endpoint.nanoTime().getAsLong());
        }
    }

    /** Null for what is no address, or one of which this origin has nothing to say. */
    private static @Nullable URI sameOrigin(URI address, String named) {
        try {
            URI place = address.resolve(named);
            boolean same = address.getScheme().equalsIgnoreCase(place.getScheme())
                    && address.getHost() != null
                    && address.getHost().equalsIgnoreCase(place.getHost())
                    && address.getPort() == place.getPort();
            return same ? place : null;
        } catch (IllegalArgumentException noAddress) {
            return null;
        }
    }
}
