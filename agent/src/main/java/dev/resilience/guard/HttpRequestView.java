package dev.resilience.guard;

import java.net.URI;
import java.util.List;

/** What an adapter tells of a request, read from the client's own object only when asked. */
public interface HttpRequestView {

    String method();

    URI uri();

    /** Values of a header as the application set them, by case-insensitive name; empty when there is none. */
    List<String> header(String name);
}
