package dev.resilience.admin;

import dev.resilience.log.AgentLog;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Finds the route of a request. Built once, then read by many. */
final class Router {

    /** Answers a request; may fail with a {@link Problem}. Never waits long. */
    @FunctionalInterface
    interface Route {
        CompletionStage<Reply> answer(Query query);
    }

    /** A route whose answer is there at once. */
    @FunctionalInterface
    interface PlainRoute {
        Reply answer(Query query);
    }

    private final Map<String, Map<String, Route>> routes = new LinkedHashMap<>();

    Router get(String path, PlainRoute route) {
        add("GET", path, query -> CompletableFuture.completedFuture(route.answer(query)));
        return this;
    }

    /** A route whose answer may come later. */
    Router ask(String path, Route route) {
        add("GET", path, route);
        return this;
    }

    Router post(String path, Route route) {
        add("POST", path, route);
        return this;
    }

    /** Each method and path there is, as {@code GET /api/…}. */
    Set<String> all() {
        Set<String> all = new LinkedHashSet<>();
        routes.forEach((path, methods) -> methods.keySet().forEach(method -> all.add(method + " " + path)));
        return all;
    }

    /** Never fails: what goes wrong is an answer, too. */
    CompletionStage<Reply> answer(Query query) {
        try {
            return find(query)
                    .answer(query)
                    .thenApply(reply -> reply.tagged(query))
                    .exceptionally(failure -> told(query, failure));
        } catch (RuntimeException failure) {
            return CompletableFuture.completedFuture(told(query, failure));
        }
    }

    private void add(String method, String path, Route route) {
        routes.computeIfAbsent(path, p -> new LinkedHashMap<>()).put(method, route);
    }

    private Route find(Query query) {
        Map<String, Route> methods = routes.get(query.path());
        if (methods == null) {
            throw new Problem(404, "Not found", "there is nothing at this path");
        }
        Route route = methods.get(query.method().equals("HEAD") ? "GET" : query.method());
        if (route == null) {
            TreeSet<String> allowed = new TreeSet<>(methods.keySet());
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            String allow = String.join(", ", allowed);
            throw new Problem(405, "Method not allowed", "this path takes " + allow, Map.of("Allow", allow));
        }
        return route;
    }

    private static Reply told(Query query, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof Problem problem) {
            return problem.reply();
        }
        AgentLog.warn("admin-" + query.path(), "the admin server could not answer " + query.path(), cause);
        return new Problem(500, "Internal error", "the agent could not answer; its log says why").reply();
    }
}
