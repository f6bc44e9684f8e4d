package dev.resilience.matrix;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.junit.jupiter.api.Test;

/** Its calls wait in the client itself, never in the guard. */
class Jetty12BlockingTest extends HttpClientConformance implements AutoCloseable {

    private final HttpClient client = Jetty12AsyncTest.client();

    @Override
    Reply exchange(Outgoing outgoing) throws Exception {
        Request request = Jetty12AsyncTest.request(client, outgoing);
        boolean large = guard.admission != null || outgoing.uri().getPath().contains("large");
        ContentResponse response = large
                ? new CompletableResponseListener(request, Jetty12AsyncTest.LONGEST)
                        .send()
                        .get(30, TimeUnit.SECONDS)
                : request.send();
        return Jetty12AsyncTest.reply(response);
    }

    @Override
    boolean pieces(Outgoing outgoing, Consumer<byte[]> to) throws Exception {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        Jetty12AsyncTest.request(client, outgoing).send(listener);
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
