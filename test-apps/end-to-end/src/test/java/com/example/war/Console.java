package com.example.war;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;

/** The same application without a container: asks the address that it was started with, once for each line typed. */
public final class Console {

    private Console() {}

    public static void main(String[] arguments) throws IOException {
        try (Calls calls = new Calls()) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
            System.out.println("ready");
            while (lines.readLine() != null) {
                System.out.print(calls.all(URI.create(arguments[0])));
            }
        }
    }
}
