package dev.resilience.guard;

import dev.resilience.fallback.Request;

/** What an adapter tells of a request, read from the client's own object only when asked. */
public interface HttpRequestView extends Request.Http {}
