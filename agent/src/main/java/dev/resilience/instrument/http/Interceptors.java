package dev.resilience.instrument.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an Apache client adds to each request behind the application's back. Its parts are nobody's to see, so they are looked
 * for by name, and what cannot be found is said to be unknown.
 */
public final class Interceptors {

    /** How a client's chain of executors holds on to the next one, in all of its versions. */
    private static final List<String> NEXT = List.of("requestExecutor", "handler", "next", "backend", "exec");

    private static final int LONGEST_CHAIN = 40;

    private Interceptors() {}

    /**
     * The headers that a client was told to add to all its requests.
     *
     * @param execution the client's chain of executors
     * @param own packages of interceptors that add no credentials but those which the client was given as such
     * @return objects of the library's header type; null when other interceptors may add anything
     */
    public static @Nullable List<Object> defaultHeaders(@Nullable Object execution, String... own) {
        try {
            Object processor = processor(execution, new int[1]);
            Object interceptors = processor == null ? null : HiddenFields.value(processor, "requestInterceptors");
            if (interceptors == null) {
                return null;
            }
            List<Object> headers = new ArrayList<>();
            for (Object interceptor :
                    interceptors instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) interceptors) {
                String type = interceptor.getClass().getName();
                if (Arrays.stream(own).noneMatch(type::startsWith)) {
                    return null;
                }
                if (type.endsWith(".RequestDefaultHeaders")) {
                    Object defaults = HiddenFields.value(interceptor, "defaultHeaders");
                    if (defaults != null) {
                        headers.addAll((Collection<?>) defaults);
                    }
                }
            }
            return headers;
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null;
        }
    }

    private static @Nullable Object processor(@Nullable Object executor, int[] seen)
            throws ReflectiveOperationException {
        if (executor == null || seen[0]++ > LONGEST_CHAIN) {
            return null;
        }
        Object processor = HiddenFields.value(executor, "httpProcessor");
        for (int i = 0; processor == null && i < NEXT.size(); i++) {
            Object next = HiddenFields.value(executor, NEXT.get(i));
            // The innermost executor of the chain is met under the same name as the chain itself.
            processor = next == executor ? null : processor(next, seen);
        }
        return processor;
    }
}
