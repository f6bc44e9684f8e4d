package com.example.tiny;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Calls the address that it was started with from deeper and deeper in its stack, until past its end, and then says what the
 * same call gives with room to spare: by the client, by the connection.
 */
public final class Deep {

    private static final int STEP = 7;
    private static final int LAST_FRAMES = 700;

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI address;

    private Deep(URI address) {
        this.address = address;
    }

    public static void main(String[] arguments) throws Exception {
        Deep deep = new Deep(URI.create(arguments[0]));
        System.out.println("before: " + deep.send() + " " + deep.open());
        int most = deep.depth(0);
        int fell = 0;
        for (int frames = Math.max(0, most - LAST_FRAMES); frames <= most; frames += STEP) {
            fell += deep.falls(frames, true) + deep.falls(frames, false);
        }
        System.out.println("fell: " + (fell > 0));
        System.out.println("after: " + deep.send() + " " + deep.open());
    }

    private int depth(int frames) {
        try {
            return depth(frames + 1);
        } catch (StackOverflowError end) {
            return frames;
        }
    }

    private int falls(int frames, boolean byClient) {
        try {
            at(frames, byClient);
            return 0;
        } catch (StackOverflowError end) {
            return 1;
        } catch (Throwable other) {
            // A library that ran out of stack in the middle of its work may say so in its own way.
            return 1;
        }
    }

    private int at(int frames, boolean byClient) throws Exception {
        if (frames > 0) {
            return at(frames - 1, byClient) + 0;
        }
        return byClient ? send() : open();
    }

    private int send() throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.discarding())
                .statusCode();
    }

    private int open() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        int status = connection.getResponseCode();
        connection.getInputStream().close();
        return status;
    }
}
