package dev.resilience.guard;

import dev.resilience.fallback.Request;

/** What the JDBC adapter tells of a statement about to run. */
public interface JdbcRequestView extends Request.Jdbc {}
