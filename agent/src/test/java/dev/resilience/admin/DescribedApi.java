package dev.resilience.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.State;
import dev.resilience.health.ProbeResult;
import dev.resilience.metrics.CallOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Every operation that the OpenAPI document describes, and what each needs to be carried out. */
record DescribedApi(JsonNode document, List<Operation> operations) {

    /** What a path needs to be asked for with success. */
    private static final Map<String, String> QUERIES = Map.of(
            "/api/health/history", "?service=calcom",
            "/api/health/prediction", "?service=calcom",
            "/api/resilience/mode", "?service=calcom&mode=forced_open&for=1h&reason=test",
            "/api/resilience/queue/retry", "?id=q1",
            "/api/resilience/queue/drop", "?id=q1",
            "/api/resilience/reviews/resolve", "?id=r1",
            "/api/resilience/reviews/requeue", "?id=r2",
            "/api/resilience/reviews/drop", "?id=r3");

    /** @param target path and query */
    record Operation(String method, String path, String target, JsonNode described) {

        boolean reads() {
            return method.equals("GET");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    static DescribedApi read(String document) throws Exception {
        JsonNode tree = JsonMapper.builder().build().readTree(document);
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : tree.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                operations.add(new Operation(
                        operation.getKey().toUpperCase(Locale.ROOT),
                        path.getKey(),
                        path.getKey() + QUERIES.getOrDefault(path.getKey(), ""),
                        operation.getValue()));
            }
        }
        return new DescribedApi(tree, operations);
    }

    /** So that there is something to answer, and something for each action to act on. */
    static void fill(AdminFixture agent) {
        agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 10_000_000);
        agent.metrics.endpoint("calcom", "calcom_call").fallback("stale_cache", CallOutcome.FAILURE, 1, 1);
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("retell", State.HALF_OPEN);
        for (int minute = 0; minute < 30; minute++) {
            agent.probed.onProbe(new ProbeResult(
                    "calcom", "http", "https://api.cal.com/v1/user", AdminFixture.NOW, 150_000_000L, null, minute));
        }
        agent.keep("q1", "calcom", null);
        agent.keep("q2", "calcom", null);
        for (int i = 1; i < 5; i++) {
            agent.keep("r" + i, "calcom", "8 attempts failed");
        }
    }
}
