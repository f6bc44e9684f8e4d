package com.example.tiny;

import java.io.IOException;

/** Does nothing until its input ends. */
public final class Waiter {

    private Waiter() {}

    public static void main(String[] arguments) throws IOException {
        while (System.in.read() >= 0) {}
    }
}
