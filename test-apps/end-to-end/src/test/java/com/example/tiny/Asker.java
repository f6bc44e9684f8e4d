package com.example.tiny;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Asks the address that it was started with, once for each line on its standard input, and says what became of it. The client
 * has been used before the first line is read.
 */
public final class Asker {

    private Asker() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        URI address = URI.create(arguments[0]);
        System.out.println("ready: " + ask(client, address));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            System.out.println("answer: " + ask(client, address));
        }
    }

    private static String ask(HttpClient client, URI address) throws InterruptedException {
        try {
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        } catch (IOException failure) {
            return failure.getClass().getName() + ": " + failure.getMessage();
        }
    }
}
