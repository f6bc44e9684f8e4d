package dev.resilience.instrument.apache5;

import java.lang.reflect.Method;
import java.net.URI;
import java.util.List;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.protocol.RedirectLocations;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Where a call was led to, as its context tells it: some ask the context of every call that succeeded. */
final class Redirects {

    /** Null in older clients, where it is an attribute. */
    private static final @Nullable Method SET = find();

    private Redirects() {}

    /** Null where it was led nowhere. */
    static @Nullable URI last(@Nullable HttpContext context) {
        RedirectLocations locations = context instanceof HttpClientContext own ? own.getRedirectLocations() : null;
        List<URI> all = locations == null ? List.of() : locations.getAll();
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /** @param address null for nowhere */
    static void tell(@Nullable HttpContext context, @Nullable URI address) throws ReflectiveOperationException {
        if (!(context instanceof HttpClientContext own)) {
            return;
        }
        RedirectLocations locations = new RedirectLocations();
        if (address != null) {
            locations.add(address);
        }
        if (SET == null) {
            own.setAttribute(HttpClientContext.REDIRECT_LOCATIONS, locations);
        } else {
            SET.invoke(own, locations);
        }
    }

    private static @Nullable Method find() {
        try {
            return HttpClientContext.class.getMethod("setRedirectLocations", RedirectLocations.class);
        } catch (NoSuchMethodException older) {
            return null;
        }
    }
}
