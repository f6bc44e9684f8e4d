package dev.resilience.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One client's requests, answered one after the other; the work is done off the event loop. */
final class Conversation extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final int MOST_PIPELINED = 16;

    private final Doorman doorman;
    private final Router router;
    private final Executor worker;
    private final RequestDeadline deadline;
    private final LiveStream live;
    private final Deque<Pending> waiting = new ArrayDeque<>();
    private boolean answering;

    Conversation(Doorman doorman, Router router, Executor worker, RequestDeadline deadline, LiveStream live) {
        this.doorman = doorman;
        this.router = router;
        this.worker = worker;
        this.deadline = deadline;
        this.live = live;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        deadline.arrived();
        if (waiting.size() >= MOST_PIPELINED) {
            context.close();
            return;
        }
        waiting.addLast(judge(context, request));
        next(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that went away or sent nonsense is its own affair.
        context.close();
    }

    private Pending judge(ChannelHandlerContext context, FullHttpRequest request) {
        boolean head = HttpMethod.HEAD.equals(request.method());
        Throwable undecodable = request.decoderResult().cause();
        if (undecodable != null) {
            return new Pending(null, malformed(undecodable).reply(), false, false);
        }
        try {
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            doorman.check(request, uri.path());
            String accept = request.headers().get("Accept", "");
            String who = "the admin API from " + peer(context);
            Query query = new Query(
                    request.method().name(),
                    uri.path(),
                    uri.parameters(),
                    accept,
                    String.join(",", request.headers().getAll("If-None-Match")),
                    who);
            if (uri.path().equals(LiveStream.PATH) && HttpMethod.GET.equals(request.method())) {
                return new Pending(query, null, false, true, known(request));
            }
            return new Pending(query, null, head, HttpUtil.isKeepAlive(request));
        } catch (Problem problem) {
            return new Pending(null, problem.reply(), head, HttpUtil.isKeepAlive(request));
        } catch (IllegalArgumentException badEscape) {
            Reply reply = new Problem(400, "Bad request", "the address cannot be decoded").reply();
            return new Pending(null, reply, head, false);
        }
    }

    /** Without the port, which tells a person nothing. */
    private static String peer(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress peer
                ? NetUtil.toAddressString(peer.getAddress())
                : "somewhere";
    }

    private static long known(FullHttpRequest request) {
        try {
            return Long.parseLong(request.headers().get("Last-Event-ID", "0"));
        } catch (NumberFormatException notOurs) {
            return 0;
        }
    }

    private static Problem malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Problem(414, "Address too long", "the request line is over " + Reception.MOST_LINE + " bytes");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new Problem(431, "Headers too large", "the headers are over " + Reception.MOST_HEADERS + " bytes");
        }
        return new Problem(400, "Bad request", "this is not HTTP/1.1");
    }

    private void next(ChannelHandlerContext context) {
        if (answering) {
            return;
        }
        Pending pending = waiting.pollFirst();
        if (pending == null) {
            return;
        }
        answering = true;
        if (pending.query == null) {
            write(context, pending, pending.ready);
            return;
        }
        Query query = pending.query;
        if (pending.lastEventId >= 0) {
            stream(context, pending);
            return;
        }
        try {
            worker.execute(() -> router.answer(query)
                    .thenAccept(reply -> context.executor().execute(() -> write(context, pending, reply))));
        } catch (RejectedExecutionException busy) {
            write(context, pending, new Problem(503, "Busy", "too many requests at once; ask again").reply());
        }
    }

    /** The connection is the stream's from here on: what the client still sends is not answered. */
    private void stream(ChannelHandlerContext context, Pending pending) {
        try {
            live.join(context, pending.lastEventId);
        } catch (Problem problem) {
            write(context, pending, problem.reply());
        }
    }

    private void write(ChannelHandlerContext context, Pending pending, @Nullable Reply reply) {
        if (reply == null) {
            context.close();
            return;
        }
        var written = context.writeAndFlush(HttpReplies.of(reply, pending.head, pending.keepAlive));
        if (!pending.keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        written.addListener(done -> {
            answering = false;
            if (waiting.isEmpty()) {
                deadline.answered();
            }
            next(context);
        });
    }

    /**
     * @param ready the answer, when there is nothing to ask for; the query otherwise
     * @param lastEventId for a stream, the last event that the client knows; -1 for everything else
     */
    private record Pending(
            @Nullable Query query, @Nullable Reply ready, boolean head, boolean keepAlive, long lastEventId) {

        Pending(@Nullable Query query, @Nullable Reply ready, boolean head, boolean keepAlive) {
            this(query, ready, head, keepAlive, -1);
        }
    }
}
