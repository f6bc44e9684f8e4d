package dev.resilience.instrument.awssdk;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/** AWS SDK 2 over Netty: the one method that the asynchronous clients of all services make their attempts by. */
public final class AwsSdk {

    private AwsSdk() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of("software/amazon/awssdk/http/nio/netty/NettyNioAsyncHttpClient")),
                "execute",
                "(Lsoftware/amazon/awssdk/http/async/AsyncExecuteRequest;)Ljava/util/concurrent/CompletableFuture;",
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.awssdk.AwsSdkLibrary"));
    }
}
