package dev.resilience.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Gathers a request's body up to a limit, and says so when it is more. */
final class WholeRequest extends HttpObjectAggregator {

    WholeRequest(int mostBytes) {
        super(mostBytes, true);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        Reply reply = new Problem(413, "Too large", "the body is over " + maxContentLength() + " bytes").reply();
        context.writeAndFlush(HttpReplies.of(reply, false, false)).addListener(ChannelFutureListener.CLOSE);
    }
}
