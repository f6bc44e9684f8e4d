package com.example.booking;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The calendar service's API, as far as the clinic uses it. Thread-safe. */
final class CalCom {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
    private final URI base;

    CalCom(URI base) {
        this.base = base;
    }

    /** Free times of a day, as cal.com's JSON. */
    Reply availability(String day) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve("/v1/availability/" + day))
                .timeout(REQUEST_TIMEOUT)
                .build());
    }

    /** Books a time; {@code json} is the booking as the front door got it, {@code query} its query with a {@code ?} or nothing. */
    Reply book(byte[] json, String query) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve("/v1/bookings" + query))
                .timeout(REQUEST_TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(json))
                .build());
    }

    private Reply send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() >= 500) {
            throw new IOException("cal.com answered " + response.statusCode());
        }
        return new Reply(response.statusCode(), response.body());
    }
}
