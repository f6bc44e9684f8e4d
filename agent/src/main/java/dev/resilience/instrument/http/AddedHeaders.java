package dev.resilience.instrument.http;

import dev.resilience.fallback.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** What a call sends along with the application's own request object, which is to be as it was when the call is over. */
public final class AddedHeaders {

    private AddedHeaders() {}

    /**
     * Adds what the request has none of.
     *
     * @param has whether the request has a header of the name
     * @return the names of what was added
     */
    public static List<String> add(
            List<Answer.Header> headers, Predicate<String> has, BiConsumer<String, String> setHeader) {
        List<String> added = new ArrayList<>(headers.size());
        for (Answer.Header header : headers) {
            if (!has.test(header.name())) {
                setHeader.accept(header.name(), header.value());
                added.add(header.name());
            }
        }
        return added;
    }
}
