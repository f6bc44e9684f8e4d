package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import java.util.List;

/** The head of a real response, read from the client's own object only when asked. */
public interface HttpResponseView {

    int status();

    /** Values of a header by case-insensitive name; empty when there is none. */
    List<String> header(String name);

    List<Answer.Header> headers();
}
