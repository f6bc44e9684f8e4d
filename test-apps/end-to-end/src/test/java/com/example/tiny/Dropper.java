package com.example.tiny;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens connections to the address that it was started with, as many as it is told, to see whether somebody is there, and then
 * drops them. Says what another client is answered before and after, there until it is what the server said or half a minute is over.
 */
public final class Dropper {

    private Dropper() {}

    public static void main(String[] arguments) throws Exception {
        URI address = URI.create(arguments[0]);
        List<HttpURLConnection> open = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            connection.connect();
            open.add(connection);
        }
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(address).build();
        String said = said(client, request);
        System.out.println(open.size() + " open: " + said);
        open.clear();
        for (int i = 0; i < 300 && !said.equals("200"); i++) {
            System.gc();
            Thread.sleep(100);
            said = said(client, request);
        }
        System.out.println("dropped: " + said);
    }

    private static String said(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return String.valueOf(
                    client.send(request, BodyHandlers.discarding()).statusCode());
        } catch (IOException refused) {
            return "refused";
        }
    }
}
