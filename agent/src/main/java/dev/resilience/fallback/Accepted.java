package dev.resilience.fallback;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the caller of a call that was taken in charge gets. */
final class Accepted {

    private static final int ACCEPTED = 202;
    private static final byte[] EMPTY = {};

    private Accepted() {}

    /** @param status what became of it, for the caller: {@code queued}, {@code review} */
    static Answer.Http http(String strategy, String status, QueuedCall call, Request.Http request, Trouble trouble) {
        String text = "{\"status\":" + JsonText.quoted(status) + ",\"id\":" + JsonText.quoted(call.id()) + "}";
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        List<Answer.Header> headers = new ArrayList<>();
        headers.add(new Answer.Header("Content-Type", "application/json"));
        headers.add(new Answer.Header("Content-Length", Integer.toString(body.length)));
        headers.add(new Answer.Header(IdempotencyKey.HEADER, call.idempotencyKey()));
        Marks.add(headers, strategy, call.service(), trouble);
        boolean head = request.method().equalsIgnoreCase("HEAD");
        return new Answer.Http(strategy, ACCEPTED, List.copyOf(headers), head ? EMPTY : body);
    }
}
