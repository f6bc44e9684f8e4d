package dev.resilience.testapps.endtoend;

import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Masters of a Redis Cluster, without replicas, that share the slots evenly. */
final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<RedisProcess> nodes = new ArrayList<>();

    RedisCluster(TemporaryDirectory directory, int masters) throws IOException {
        for (int i = 0; i < masters; i++) {
            nodes.add(new RedisProcess(
                    directory.child("node-" + i), "--cluster-enabled", "yes", "--cluster-node-timeout", "1000"));
        }
        for (int i = 0; i < masters; i++) {
            nodes.get(i)
                    .command("CLUSTER ADDSLOTS "
                            + IntStream.range(SLOTS * i / masters, SLOTS * (i + 1) / masters)
                                    .mapToObj(Integer::toString)
                                    .collect(Collectors.joining(" ")));
            nodes.get(i).command("CLUSTER MEET 127.0.0.1 " + nodes.get(0).port());
        }
        for (RedisProcess node : nodes) {
            await().atMost(PATIENCE).until(() -> {
                String info = node.text("CLUSTER INFO");
                return info.contains("cluster_state:ok") && info.contains("cluster_slots_assigned:" + SLOTS);
            });
        }
    }

    /** {@code [127.0.0.1:7000, …]} */
    String addresses() {
        return nodes.stream().map(node -> "127.0.0.1:" + node.port()).toList().toString();
    }

    /** The node that keeps a service at present. */
    RedisProcess ownerOf(String service) throws IOException {
        for (RedisProcess node : nodes) {
            if (!node.command("GET circuit_breaker:{" + service + "}:state").startsWith("-MOVED")) {
                return node;
            }
        }
        throw new IOException("nobody keeps " + service);
    }

    /** Moves a service's slot to another node, key by key. @param meanwhile between one key and the next */
    void moveSlotOf(String service, Runnable meanwhile) throws IOException {
        RedisProcess from = ownerOf(service);
        RedisProcess to = nodes.get((nodes.indexOf(from) + 1) % nodes.size());
        String slot = from.command("CLUSTER KEYSLOT {" + service + "}").substring(1);
        String owner = to.text("CLUSTER MYID");
        said("+OK", to.command("CLUSTER SETSLOT " + slot + " IMPORTING " + from.text("CLUSTER MYID")));
        said("+OK", from.command("CLUSTER SETSLOT " + slot + " MIGRATING " + owner));
        for (String key : from.texts("CLUSTER GETKEYSINSLOT " + slot + " 1000")) {
            from.command("MIGRATE 127.0.0.1 " + to.port() + " " + key + " 0 10000 REPLACE");
            meanwhile.run();
        }
        said("+OK", to.command("CLUSTER SETSLOT " + slot + " NODE " + owner));
        said("+OK", from.command("CLUSTER SETSLOT " + slot + " NODE " + owner));
    }

    private static void said(String expected, String answer) throws IOException {
        if (!answer.equals(expected)) {
            throw new IOException(answer);
        }
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }
}
