package dev.resilience.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/resilience/stream}: server-sent events. {@code event} is what happened, {@code status} how the circuits are,
 * at once and whenever that has changed, looked at every second while somebody listens. Who reads too slowly is cut.
 * Everything but the look itself happens on the one event loop.
 */
final class LiveStream implements AutoCloseable {

    static final String PATH = "/api/resilience/stream";

    private static final int MOST_LISTENERS = 32;
    private static final long LOOK_MILLIS = 1_000;

    /** A comment now and then keeps proxies from cutting the line. */
    private static final int QUIET_LOOKS = 15;

    private final Surface surface;
    private final EventLoopGroup loop;
    private final Executor worker;
    private final EventLog.Listener listener = this::happened;
    private final Set<Channel> listeners = new LinkedHashSet<>();
    private byte[] lastStatus = {};
    private int quietLooks;
    private @Nullable Future<?> looking;

    /** @param worker for what takes a while */
    LiveStream(Surface surface, EventLoopGroup loop, Executor worker) {
        this.surface = surface;
        this.loop = loop;
        this.worker = worker;
        surface.events().addListener(listener);
    }

    /**
     * Begins to tell a client; called on its event loop.
     *
     * @param lastEventId what it knows already: later events are told first
     * @throws Problem when too many listen
     */
    void join(ChannelHandlerContext context, long lastEventId) {
        if (listeners.size() >= MOST_LISTENERS) {
            throw new Problem(503, "Busy", "at most " + MOST_LISTENERS + " may listen at once");
        }
        Channel channel = context.channel();
        channel.writeAndFlush(HttpReplies.streaming("text/event-stream; charset=utf-8"));
        if (lastEventId > 0) {
            Deque<EventLog.Event> missed = new ArrayDeque<>();
            for (EventLog.Event event : surface.events().newest(1_000)) {
                if (event.id() > lastEventId) {
                    missed.addFirst(event);
                }
            }
            missed.forEach(event -> write(channel, text(event)));
        }
        if (lastStatus.length > 0) {
            write(channel, lastStatus);
        }
        listeners.add(channel);
        channel.closeFuture().addListener(closed -> left(channel));
        if (looking == null) {
            lastStatus = new byte[0];
            looking = context.executor().scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        surface.events().removeListener(listener);
    }

    private void left(Channel channel) {
        listeners.remove(channel);
        if (listeners.isEmpty() && looking != null) {
            looking.cancel(false);
            looking = null;
        }
    }

    private void happened(EventLog.Event event) {
        onLoop(() -> tell(text(event)));
    }

    private void look() {
        try {
            worker.execute(() -> {
                byte[] status = message("status", 0, Json.bytes(new HealthRoutes(surface).summary()));
                onLoop(() -> seen(status));
            });
        } catch (RejectedExecutionException busy) {
            // The next look is soon.
        }
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException ended) {
            // Nobody listens any longer.
        }
    }

    private void seen(byte[] status) {
        if (!Arrays.equals(status, lastStatus)) {
            lastStatus = status;
            quietLooks = 0;
            tell(status);
        } else if (++quietLooks >= QUIET_LOOKS) {
            quietLooks = 0;
            tell(":\n\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void tell(byte[] message) {
        for (Channel channel : Set.copyOf(listeners)) {
            write(channel, message);
        }
    }

    private static void write(Channel channel, byte[] message) {
        if (!channel.isWritable()) {
            channel.close();
            return;
        }
        channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(message)));
    }

    private static byte[] text(EventLog.Event event) {
        return message("event", event.id(), Json.bytes(ResilienceRoutes.event(event)));
    }

    /** JSON on one line is one line of data. */
    private static byte[] message(String name, long id, byte[] data) {
        ByteBuf text = Unpooled.buffer(data.length + 64);
        if (id > 0) {
            text.writeCharSequence("id: " + id + "\n", StandardCharsets.UTF_8);
        }
        text.writeCharSequence("event: " + name + "\ndata: ", StandardCharsets.UTF_8);
        text.writeBytes(data);
        text.writeCharSequence("\n\n", StandardCharsets.UTF_8);
        byte[] message = new byte[text.readableBytes()];
        text.readBytes(message);
        return message;
    }
}
