package dev.resilience.matrix;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.api.ContentResponse;
import org.eclipse.jetty.client.api.Request;
import org.eclipse.jetty.client.util.FutureResponseListener;
import org.eclipse.jetty.client.util.InputStreamResponseListener;
import org.junit.jupiter.api.Test;

/** Its calls wait in the client itself, never in the guard. */
class Jetty9BlockingTest extends HttpClientConformance implements AutoCloseable {

    private final HttpClient client = Jetty9AsyncTest.client();

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        Request request = Jetty9AsyncTest.request(client, outgoing);
        ContentResponse response;
        if (guard.admission != null || outgoing.uri().getPath().contains("large")) {
            FutureResponseListener listener = new FutureResponseListener(request, Jetty9AsyncTest.LONGEST);
            request.send(listener);
            response = listener.get(30, TimeUnit.SECONDS);
        } else {
            response = request.send();
        }
        return Jetty9AsyncTest.reply(response);
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        Jetty9AsyncTest.request(client, outgoing).send(listener);
        drain(listener.getInputStream(), to);
        return true;
    }

    @Override
    boolean waits() {
        return false;
    }

    @Test
    void a_call_is_given_up_when_its_caller_is_interrupted() {
        isGivenUpWhenItsCallerIsInterrupted();
    }

    /** Whichever end of the connection notices first. */
    @Override
    boolean tellsHandshakesOneWay() {
        return false;
    }

    @Override
    boolean unpacks() {
        return true;
    }

    @Override
    public void close() throws Exception {
        client.stop();
    }
}
