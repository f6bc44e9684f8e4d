package dev.resilience.instrument.apache4;

import java.net.URI;
import java.util.List;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.impl.client.RedirectLocations;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Where a call was led to, as its context tells it. */
final class Redirects {

    private Redirects() {}

    /** Null where it was led nowhere. */
    static @Nullable URI last(@Nullable HttpContext context) {
        Object told = context == null ? null : context.getAttribute(HttpClientContext.REDIRECT_LOCATIONS);
        return told instanceof List<?> all && !all.isEmpty() && all.get(all.size() - 1) instanceof URI last
                ? last
                : null;
    }

    /** @param address null for nowhere, which a context that was used before must not contradict */
    static void tell(@Nullable HttpContext context, @Nullable URI address) {
        if (context == null || (address == null && last(context) == null)) {
            return;
        }
        RedirectLocations locations = new RedirectLocations();
        if (address != null) {
            locations.add(address);
        }
        context.setAttribute(HttpClientContext.REDIRECT_LOCATIONS, locations);
    }
}
