package com.example.tiny;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Calls the address that it was started with by a client whose workers have no rights at all, and says how each call ended. */
public final class Confined {

    private static final int CALLS = 6;

    private Confined() {}

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        for (int call = 0; call < CALLS; call++) {
            try {
                System.out.println(client.sendAsync(request, BodyHandlers.ofString())
                        .thenApply(HttpResponse::statusCode)
                        .get(30, TimeUnit.SECONDS));
            } catch (ExecutionException failed) {
                System.out.println(failed.getCause().getClass().getSimpleName());
            }
        }
    }
}
