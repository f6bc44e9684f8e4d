package dev.resilience.admin;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a client that has not sent a whole request within a time of connecting, or of its last answer: one that sends a byte
 * now and then (Slowloris) gains nothing by it.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    private final Duration patience;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> cut;

    RequestDeadline(Duration patience) {
        this.patience = patience;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) throws Exception {
        context = active;
        answered();
        super.channelActive(active);
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) throws Exception {
        arrived();
        super.channelInactive(inactive);
    }

    /** A whole request is there. */
    void arrived() {
        if (cut != null) {
            cut.cancel(false);
            cut = null;
        }
    }

    /** Its answer is out: the next one may come. */
    void answered() {
        ChannelHandlerContext active = context;
        if (active != null && cut == null && active.channel().isActive()) {
            cut = active.executor().schedule(() -> active.close(), patience.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
