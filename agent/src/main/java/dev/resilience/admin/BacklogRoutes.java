package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.fallback.Backlog;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.CallView;
import dev.resilience.fallback.QueuedCall;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Calls that were taken in charge: those that wait to be made, and those for a person. */
final class BacklogRoutes {

    private static final int LONGEST_NOTE = 500;

    private final Surface surface;

    BacklogRoutes(Surface surface) {
        this.surface = surface;
    }

    CompletionStage<Reply> queue(Query query) {
        return list(Place.QUEUE, query);
    }

    CompletionStage<Reply> reviews(Query query) {
        return list(Place.REVIEW, query);
    }

    CompletionStage<Reply> retry(Query query) {
        return act(query, "queue_retry", id -> backlog().retry(id));
    }

    CompletionStage<Reply> dropQueued(Query query) {
        return act(query, "queue_drop", id -> backlog().drop(Place.QUEUE, id));
    }

    CompletionStage<Reply> resolve(Query query) {
        return act(query, "review_resolve", id -> backlog().resolve(id));
    }

    CompletionStage<Reply> requeue(Query query) {
        return act(query, "review_requeue", id -> backlog().requeue(id, Told.who(query)));
    }

    CompletionStage<Reply> dropReview(Query query) {
        return act(query, "review_drop", id -> backlog().drop(Place.REVIEW, id));
    }

    private CompletionStage<Reply> list(Place place, Query query) {
        String service = query.parameter("service");
        int offset = query.number("offset", 0, 0, Integer.MAX_VALUE);
        int limit = query.number("limit", 100, 1, 1_000);
        return backlog().list(place, service, offset, limit).thenApply(page -> {
            // One that the file no longer has may have calls left.
            if (service != null && page.total() == 0 && !surface.knows(service)) {
                throw Wanted.unknown(service);
            }
            ObjectNode body = Json.object();
            body.put("total", page.total());
            body.put("offset", offset);
            ArrayNode entries = body.putArray("entries");
            page.items().forEach(call -> entry(place, call, entries.addObject()));
            return Reply.json(body);
        });
    }

    private static void entry(Place place, CallView call, ObjectNode node) {
        QueuedCall.Event last = call.history().isEmpty()
                ? null
                : call.history().get(call.history().size() - 1);
        node.put("id", call.id());
        node.put("service", call.service());
        node.put("endpoint", call.endpoint());
        node.put("critical", call.critical());
        node.put("call", call.what());
        node.put("status", place == Place.QUEUE ? "waiting" : "for_review");
        node.put("accepted", Json.time(call.acceptedAt()));
        node.put("expires", Json.time(call.expiresAt()));
        node.put("attempts", call.attempts());
        node.put("max_attempts", call.maxAttempts());
        if (place == Place.REVIEW) {
            node.put("flagged", Json.time(last == null ? call.acceptedAt() : last.atMillis()));
            node.put("reason", call.reason());
        } else {
            node.put("last_error", last == null || call.attempts() == 0 ? null : last.what());
        }
        node.put("order", call.order());
        node.put("idempotency_key", call.idempotencyKey());
        ObjectNode headers = node.putObject("headers");
        call.headers().forEach(headers::put);
        node.put("body", call.body());
        node.put("body_bytes", call.bodyBytes());
        ArrayNode history = node.putArray("history");
        for (QueuedCall.Event event : call.history()) {
            history.addObject()
                    .put("timestamp", Json.time(event.atMillis()))
                    .put("who", event.who())
                    .put("what", event.what());
        }
    }

    private CompletionStage<Reply> act(Query query, String kind, Function<String, CompletionStage<Boolean>> action) {
        String id = query.needed("id");
        String note = Told.line(query.parameter("note"), LONGEST_NOTE);
        return action.apply(id).thenApply(done -> {
            if (!done) {
                throw new Problem(404, "Not found", "there is no such entry any longer: " + Told.line(id, 100));
            }
            surface.deeds()
                    .did(
                            kind,
                            QueuedCall.serviceOf(id),
                            id + " by " + Told.who(query) + (note.isEmpty() ? "" : ": " + note));
            return Reply.json(Json.object().put("id", id).put("done", kind));
        });
    }

    private Backlog backlog() {
        Backlog backlog = surface.backlog();
        if (backlog == null) {
            throw new Problem(404, "Not found", "this agent keeps no calls");
        }
        return backlog;
    }
}
