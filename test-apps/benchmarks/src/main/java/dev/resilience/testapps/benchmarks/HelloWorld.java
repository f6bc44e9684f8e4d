package dev.resilience.testapps.benchmarks;

import java.io.IOException;

/** The smallest application. With an argument, it stays until its standard input ends. */
public final class HelloWorld {

    private HelloWorld() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("hello, world");
        if (arguments.length > 0) {
            while (System.in.read() >= 0) {}
        }
    }
}
